#pragma once
/// Every text that reports show, in every language.

#include <array>
#include <string_view>

#include "reports/report.h"

namespace omniwriter {

enum class Text {
  // Headings
  report_title,
  summary,
  response_time,
  endpoints,
  errors_by_type,
  statuses,
  not_counted,
  delivery,
  provenance,
  // Names of numbers
  test,
  run_id,
  tool,
  started,
  ended,
  duration,
  samples,
  errors,
  throughput,
  active_users_max,
  received,
  sent,
  statistic,
  value,
  precision,
  exact,
  mean,
  minimum,
  maximum,
  endpoint,
  requests_per_second,
  short_mean,
  short_maximum,
  share_of_time,
  short_share_of_time,
  share_of_samples,
  error_type,
  count,
  status,
  total,
  // Sentences; {} stands for a number or name
  percentile_note,
  impact_note,
  and_more,
  no_errors,
  // What was not counted
  transactions,
  sub_results,
  repeats_note,
  bad_records,
  other_samples,
  nothing,
  file,
  line,
  reason,
  // Delivery
  output,
  accepted,
  rejected,
  pending,
  records,
  retries,
  problems,
  complete,
  incomplete,
  no_outputs,
  ledger_note,
  ledger_gap,
  // Provenance
  files,
  tags,
  time_slots,
  computed_note,
  // Terminal
  samples_of,
  errors_of,
  users_of,
  table_note,
};

struct Translations {
  Text text;
  std::string_view pt_br;
  std::string_view en;
};

inline constexpr auto kTexts = std::to_array<Translations>({
    {Text::report_title, "Relatório de teste de carga", "Load test report"},
    {Text::summary, "Resumo", "Summary"},
    {Text::response_time, "Tempo de resposta", "Response time"},
    {Text::endpoints, "Endpoints", "Endpoints"},
    {Text::errors_by_type, "Erros por tipo", "Errors by type"},
    {Text::statuses, "Status", "Status"},
    {Text::not_counted, "O que não foi contado", "What was not counted"},
    {Text::delivery, "Entrega", "Delivery"},
    {Text::provenance, "Procedência", "Provenance"},

    {Text::test, "Teste", "Test"},
    {Text::run_id, "Execução", "Run"},
    {Text::tool, "Ferramenta", "Tool"},
    {Text::started, "Início", "Started"},
    {Text::ended, "Fim", "Ended"},
    {Text::duration, "Duração", "Duration"},
    {Text::samples, "Amostras", "Samples"},
    {Text::errors, "Erros", "Errors"},
    {Text::throughput, "Vazão", "Throughput"},
    {Text::active_users_max, "Máximo de usuários ativos", "Most active users"},
    {Text::received, "Recebido", "Received"},
    {Text::sent, "Enviado", "Sent"},
    {Text::statistic, "Estatística", "Statistic"},
    {Text::value, "Valor", "Value"},
    {Text::precision, "Precisão", "Precision"},
    {Text::exact, "exato", "exact"},
    {Text::mean, "Média", "Mean"},
    {Text::minimum, "Mínimo", "Minimum"},
    {Text::maximum, "Máximo", "Maximum"},
    {Text::endpoint, "Endpoint", "Endpoint"},
    {Text::requests_per_second, "req/s", "req/s"},
    {Text::short_mean, "média", "mean"},
    {Text::short_maximum, "máx", "max"},
    {Text::share_of_time, "Parcela do tempo", "Share of time"},
    {Text::short_share_of_time, "tempo", "time"},
    {Text::share_of_samples, "Parcela das amostras", "Share of samples"},
    {Text::error_type, "Tipo de erro", "Error type"},
    {Text::count, "Quantidade", "Count"},
    {Text::status, "Status", "Status"},
    {Text::total, "Total", "Total"},

    {Text::percentile_note, "Percentis: valor da amostra na posição ⌈q·n⌉, ±{}. O resto é exato.",
     "Percentiles: value of the sample at rank ⌈q·n⌉, ±{}. All else is exact."},
    {Text::impact_note, "Por impacto: a parcela do tempo de resposta total que cabe a cada endpoint.",
     "By impact: the share of all response time that falls to each endpoint."},
    {Text::and_more, "… e mais {}", "… and {} more"},
    {Text::no_errors, "Nenhum erro.", "No errors."},

    {Text::transactions, "Transações", "Transactions"},
    {Text::sub_results, "Sub-resultados", "Sub-results"},
    {Text::repeats_note, "repetem o tempo das requisições", "repeat the time of requests"},
    {Text::bad_records, "Registros ilegíveis", "Records that could not be read"},
    {Text::other_samples, "Amostras além do limite de endpoints, reunidas em {}",
     "Samples past the limit of endpoints, kept under {}"},
    {Text::nothing, "Tudo foi contado.", "Everything was counted."},
    {Text::file, "Arquivo", "File"},
    {Text::line, "Linha", "Line"},
    {Text::reason, "Motivo", "Reason"},

    {Text::output, "Saída", "Output"},
    {Text::accepted, "Aceitas", "Accepted"},
    {Text::rejected, "Rejeitadas", "Rejected"},
    {Text::pending, "Pendentes", "Pending"},
    {Text::records, "Registros", "Records"},
    {Text::retries, "Reenvios", "Retries"},
    {Text::problems, "Problemas", "Problems"},
    {Text::complete, "completa", "complete"},
    {Text::incomplete, "incompleta", "incomplete"},
    {Text::no_outputs, "Nenhuma saída configurada.", "No output is configured."},
    {Text::ledger_note, "Em cada saída, aceitas, rejeitadas e pendentes somam as {} amostras lidas.",
     "At each output, accepted, rejected and pending add up to the {} samples read."},
    {Text::ledger_gap,
     "A conta não fecha: em alguma saída, aceitas, rejeitadas e pendentes não somam as {} amostras lidas.",
     "The ledger does not close: at some output, accepted, rejected and pending do not add up to the {} samples read."},

    {Text::files, "Arquivos", "Files"},
    {Text::tags, "Etiquetas", "Tags"},
    {Text::time_slots, "Intervalo da linha do tempo", "Time slot of the timeline"},
    {Text::computed_note,
     "Todos os números foram calculados a partir de cada amostra lida; nenhum vem do resumo da ferramenta.",
     "All numbers were computed from every sample read; none comes from the tool's own summary."},

    {Text::samples_of, "{} amostras", "{} samples"},
    {Text::errors_of, "{} de erros", "{} errors"},
    {Text::users_of, "{} usuários", "{} users"},
    {Text::table_note, "Por parcela do tempo de resposta. Percentis: ±{}; o resto é exato.",
     "Sorted by share of response time. Percentiles: ±{}; all else is exact."},
});

[[nodiscard]] constexpr std::string_view text_of(Text text, Language language) {
  const Translations& found = kTexts[static_cast<std::size_t>(text)];
  return language == Language::pt_br ? found.pt_br : found.en;
}

}  // namespace omniwriter
