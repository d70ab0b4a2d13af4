"""Integração dos testes de carga com Grafana, Prometheus, Elasticsearch e InfluxDB.

    from omniwriter import MonitoringIntegration

    integration = MonitoringIntegration()
    results = integration.run_full_integration()

A implementação é o núcleo em C++ (`omniwriter._core`); este arquivo lhe dá os nomes em Python.
tests/load/integration/README.md explica cada chamada."""

import asyncio
import json
import logging
import operator
import pathlib
from typing import Any, Dict, Mapping, Optional, Type

from omniwriter._core import Integration

__all__ = ["MonitoringIntegration", "main"]

_LOG = logging.getLogger("omniwriter")
_CONFIG_FILES = ("config.json", "tests/load/integration/config.json", "omniwriter.yaml")


class MonitoringIntegration:
    """As integrações de um time. Todas as chamadas podem vir de qualquer thread.

    Erros são exceções de `omniwriter`: UsageError (um valor impossível), UnreachableError (sem resposta), RefusedError
    (o servidor recusou). `update_custom_metrics` não levanta as duas últimas. As chamadas `integrate_*` não levantam exceção por um sistema fora do ar: devolvem False, e
    `problems` diz por quê."""

    # O arquivo de configuração quando não há nenhum na pasta atual.
    fallback_config_file: Optional[pathlib.Path] = None

    def __init__(self, config_file: Optional[str] = None) -> None:
        """`config_file`: sem ele, o primeiro que houver de config.json, tests/load/integration/config.json e
        omniwriter.yaml na pasta atual, senão `fallback_config_file`. Variáveis de ambiente prevalecem."""
        if config_file is None and not any(pathlib.Path(name).exists() for name in _CONFIG_FILES):
            fallback = self.fallback_config_file
            config_file = str(fallback) if fallback is not None and fallback.exists() else None
        self._core = Integration(config_file)
        self.problems: Dict[str, str] = {}
        self._missed: Dict[str, str] = {}  # o que `update_custom_metrics` não conseguiu enviar

    def update_custom_metrics(self, test_name: str, requests_count: int = 0, response_time: float = 0.0,
                              errors_count: int = 0, active_users: float = 0, throughput: float = 0.0,
                              cpu_usage: float = 0.0, memory_usage: float = 0.0) -> None:
        """Conta o que aconteceu desde a última chamada e envia as sete métricas do teste ao Pushgateway.

        `response_time` é a média em milissegundos dessas requisições; `throughput` em req/s, `cpu_usage` em %,
        `memory_usage` em MB. O que não puder ser enviado agora continua contado e vai com a próxima chamada. Um servidor
        fora do ar nunca interrompe o teste: `problems["prometheus"]` diz por quê, e o log "omniwriter" avisa no começo e
        no fim. Só um valor impossível é exceção (UsageError), ou de outro tipo (TypeError)."""
        problem = self._core.update_metrics(
            test_name=_text("test_name", test_name), requests_count=_whole("requests_count", requests_count),
            response_time=_number("response_time", response_time), errors_count=_whole("errors_count", errors_count),
            active_users=_number("active_users", active_users), throughput=_number("throughput", throughput),
            cpu_usage=_number("cpu_usage", cpu_usage), memory_usage=_number("memory_usage", memory_usage))
        missed = "prometheus" in self._missed
        if problem:
            self._missed["prometheus"] = self.problems["prometheus"] = problem
            if not missed:
                _LOG.warning("métricas ainda não enviadas; o teste continua, e elas vão com a próxima chamada: %s", problem)
        elif missed:
            if self.problems.get("prometheus") == self._missed.pop("prometheus", None):
                self.problems.pop("prometheus", None)
            _LOG.info("as métricas voltaram a ser enviadas")

    def send_metrics_to_elasticsearch(self, metrics: Mapping[str, Any]) -> bool:
        """Grava o registro. True: gravado; False: o Elasticsearch não está configurado."""
        return self._send("elasticsearch", metrics)

    def send_metrics_to_influxdb(self, metrics: Mapping[str, Any]) -> bool:
        """Grava o registro. True: gravado; False: o InfluxDB não está configurado."""
        return self._send("influxdb", metrics)

    def integrate_with_grafana(self) -> bool:
        """Verifica o Grafana e cria fontes de dados, pasta, dashboards e, onde couber, alertas."""
        return self._integrate("grafana")

    def integrate_with_prometheus(self) -> bool:
        """Verifica Prometheus e Pushgateway, grava as regras de alerta e envia as métricas."""
        return self._integrate("prometheus")

    def integrate_with_logs_system(self) -> bool:
        """Verifica e prepara Elasticsearch e InfluxDB. True se todos os configurados, e ao menos um, estão bem."""
        return _all_well([self._state("elasticsearch"), self._state("influxdb")])

    def run_full_integration(self) -> Dict[str, Any]:
        """Verifica, provisiona, registra as métricas, entrega e relata; um sistema fora do ar não impede os outros.

        Devolve e imprime o estado de cada sistema: {"grafana", "prometheus", "logs", "elasticsearch", "influxdb": bool,
        "problems": {sistema: motivo}, "report_file", "report": o relatório consolidado}."""
        states = {state["system"]: state for state in self._core.integrate_all()}
        self.problems = {name: state["problem"] for name, state in states.items() if state["problem"]}
        results: Dict[str, Any] = {name: state["ok"] for name, state in states.items()}
        results["logs"] = _all_well([states["elasticsearch"], states["influxdb"]])
        for name, title in (("grafana", "Grafana"), ("prometheus", "Prometheus"), ("elasticsearch", "Elasticsearch"),
                            ("influxdb", "InfluxDB")):
            mark = "✅" if results[name] else "❌" if states[name]["configured"] else "– não configurado"
            print(f"{title}: {mark}")
            if name in self.problems:
                print(f"  {self.problems[name]}")
        results["problems"] = dict(self.problems)
        files = self._core.write_reports()
        results["report_file"] = files["markdown"]
        results["report"] = json.loads(pathlib.Path(files["json"]).read_text(encoding="utf-8"))
        return results

    def generate_integration_report(self) -> str:
        """Grava os relatórios (Markdown, JSON e, havendo um teste, HTML) e devolve o caminho do Markdown."""
        return self._core.write_reports()["markdown"]

    def _send(self, system: str, metrics: Mapping[str, Any]) -> bool:
        return self._core.send_metrics(system, json.dumps(dict(metrics), allow_nan=False))

    def _state(self, system: str) -> Mapping[str, Any]:
        state = self._core.integrate(system)
        self.problems.pop(system, None)
        if state["problem"]:
            self.problems[system] = state["problem"]
        return state

    def _integrate(self, system: str) -> bool:
        return self._state(system)["ok"]


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text (str), not {type(value).__name__}")
    return value


def _whole(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number (int), not {type(value).__name__}") from None


def _number(name: str, value: Any) -> float:
    if not hasattr(value, "__float__") and not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    return float(value)


def _all_well(states) -> bool:
    used = [state for state in states if state["configured"]]
    return bool(used) and all(state["ok"] for state in used)


async def main(integration: Type[MonitoringIntegration] = MonitoringIntegration) -> Dict[str, Any]:
    """A integração completa, sem ocupar o laço de eventos."""
    return await asyncio.to_thread(integration().run_full_integration)


if __name__ == "__main__":
    asyncio.run(main())
