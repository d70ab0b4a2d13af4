// What a dashboard's JSON may hold: the types of @grafana/schema, made fit for JSON and told what its generated parts
// leave open. An object literal with a member that is not named here is an error.

import type * as common from 'schema/common/common.gen';
import type * as model from 'schema/index.gen';
import type * as BarChart from 'schema/raw/composable/barchart/panelcfg/x/BarChartPanelCfg_types.gen';
import type * as BarGauge from 'schema/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as AnnotationsList from 'schema/raw/composable/annotationslist/panelcfg/x/AnnotationsListPanelCfg_types.gen';
import type * as Gauge from 'schema/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import type * as Heatmap from 'schema/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as Histogram from 'schema/raw/composable/histogram/panelcfg/x/HistogramPanelCfg_types.gen';
import type * as Logs from 'schema/raw/composable/logs/panelcfg/x/LogsPanelCfg_types.gen';
import type * as StateTimeline from 'schema/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as Stat from 'schema/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as Table from 'schema/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as Text from 'schema/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as TimeSeries from 'schema/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type { BucketAggregation, MetricAggregation }
  from 'schema/raw/composable/elasticsearch/dataquery/x/ElasticsearchDataQuery_types.gen';

/** The type as JSON: an enumeration of texts is those texts. */
type Plain<T> =
  T extends string ? (string extends T ? T : `${T}`) :
  T extends number | boolean | null | undefined ? T :
  T extends (infer Member)[] ? Plain<Member>[] :
  T extends object ? { [Name in keyof T]: Plain<T[Name]> } : T;

/** Grafana fills in the options that are left out. */
type Loose<T> = T extends unknown[] ? T : T extends object ? { [Name in keyof T]?: Loose<T[Name]> } : T;

interface DataSourceRef { type: string; uid: string }

interface Query { refId: string; datasource: DataSourceRef; hide?: boolean }

// The data sources' own queries are not in @grafana/schema, nor are the options of the alert list.

interface PrometheusQuery extends Query {
  expr: string;
  editorMode?: 'code' | 'builder';
  exemplar?: boolean;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  interval?: string;
  intervalFactor?: number;
  legendFormat?: string;
}

interface InfluxQuery extends Query {
  query: string;
  rawQuery: true;
  resultFormat: 'time_series' | 'table' | 'logs';
  alias?: string;
  tz?: string;
}

interface ElasticsearchQuery extends Query {
  alias?: string;
  bucketAggs: Plain<BucketAggregation>[];
  metrics: Plain<MetricAggregation>[];
  query: string;
  timeField: string;
}

interface GrafanaQuery extends Query { queryType: 'annotations' | 'randomWalk' | 'list' | 'read' }

interface Expression extends Query {
  type: 'math' | 'reduce' | 'threshold' | 'resample' | 'sql';
  expression: string;
  reducer?: 'last' | 'max' | 'min' | 'mean' | 'sum' | 'count';
}

interface Queries {
  __expr__: Expression;
  prometheus: PrometheusQuery;
  influxdb: InfluxQuery;
  elasticsearch: ElasticsearchQuery;
  grafana: GrafanaQuery;
  datasource: Query & { panelId: number; withTransforms?: boolean };
}

interface AlertListOptions {
  maxItems: number;
  sortOrder: 1 | 2 | 3 | 4 | 5;
  dashboardAlerts: boolean;
  groupMode: 'default' | 'custom';
  groupBy: string[];
  alertName: string;
  showInstances: boolean;
  folder: { uid: string; title: string };
  stateFilter: { firing: boolean; pending: boolean; recovering: boolean; noData: boolean; normal: boolean; error: boolean };
  alertInstanceLabelFilter: string;
  datasource: string;
  viewMode: 'list' | 'stat';
  showInactiveAlerts: boolean;
}

interface Visualizations {
  alertlist: [AlertListOptions, {}];
  annolist: [AnnotationsList.Options, {}];
  barchart: [BarChart.Options, BarChart.FieldConfig];
  bargauge: [BarGauge.Options, {}];
  gauge: [Gauge.Options, {}];
  heatmap: [Heatmap.Options, Heatmap.FieldConfig];
  histogram: [Histogram.Options, Histogram.FieldConfig];
  logs: [Logs.Options, {}];
  stat: [Stat.Options, {}];
  // It takes the points apart that the schema knows of graphs alone.
  'state-timeline': [StateTimeline.Options, StateTimeline.FieldConfig & Pick<common.GraphFieldConfig, 'insertNulls'>];
  table: [Table.Options, Table.FieldConfig];
  text: [Text.Options, {}];
  timeseries: [TimeSeries.Options, TimeSeries.FieldConfig];
}

interface FieldConfig<Custom> extends Omit<model.FieldConfig, 'custom' | 'links'> {
  custom?: Loose<Custom>;
  links?: { title: string; url: string; targetBlank?: boolean }[];
}

type Property<Custom> =
  { [Name in keyof Omit<FieldConfig<{}>, 'custom'>]-?: { id: Name; value: FieldConfig<{}>[Name] } }[keyof Omit<FieldConfig<{}>, 'custom'>]
  | { [Name in keyof Custom & string]-?: { id: `custom.${Name}`; value: Custom[Name] } }[keyof Custom & string];

interface FieldConfigSource<Custom> {
  defaults: FieldConfig<Custom>;
  overrides: {
    matcher: { id: 'byName' | 'byRegexp' | 'byType' | 'byFrameRefID' | 'byNames'; options: unknown };
    properties: Property<Custom>[];
  }[];
}

/** A panel of one kind whose queries go to one kind of data source. */
export type Panel<Kind extends keyof Visualizations, Source extends keyof Queries> = Plain<
  Omit<model.Panel, 'type' | 'id' | 'title' | 'gridPos' | 'datasource' | 'options' | 'fieldConfig' | 'targets'> & {
    type: Kind;
    id: number;
    title: string;
    gridPos: model.GridPos;
    datasource?: DataSourceRef;
    options?: Loose<Visualizations[Kind][0]>;
    fieldConfig?: FieldConfigSource<Visualizations[Kind][1]>;
    targets?: Queries[Source][];
  }>;

export type Row = Plain<Omit<model.RowPanel, 'panels'> & { panels: never[] }>;

// `definition` is what the variable editor shows; `type` of an annotation and its query depend on the data source.
type Variable = Plain<model.VariableModel> & { definition?: string };
type Annotation = Plain<Omit<model.AnnotationQuery, 'target' | 'datasource'>> & {
  datasource: DataSourceRef;
  target?: (common.DataQuery & Partial<PrometheusQuery & ElasticsearchQuery & InfluxQuery>) | model.AnnotationTarget;
  expr?: string;
  step?: string;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  query?: string;
  textColumn?: string;
  titleColumn?: string;
  tagsColumn?: string;
  textField?: string;
  tagsField?: string;
  timeField?: string;
  timeEndField?: string;
  useValueForTime?: boolean;
};

/** Everything of a dashboard but its panels. */
export type Frame = Plain<Omit<model.Dashboard, 'panels' | 'templating' | 'annotations' | 'uid' | 'title' | 'schemaVersion'>> & {
  uid: string;
  title: string;
  schemaVersion: 42;
  templating?: { list: Variable[] };
  annotations?: { list: Annotation[] };
};
