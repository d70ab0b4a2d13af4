"""`omniwriter.monitoring_integration` sob o caminho que os testes de carga do projeto importam:

    from tests.load.integration.monitoring_integration import MonitoringIntegration

A configuração padrão é o config.json ao lado deste arquivo."""

import asyncio
import pathlib
from typing import Any, Dict

from omniwriter import monitoring_integration

__all__ = ["MonitoringIntegration", "main"]


class MonitoringIntegration(monitoring_integration.MonitoringIntegration):
    __doc__ = monitoring_integration.MonitoringIntegration.__doc__

    fallback_config_file = pathlib.Path(__file__).with_name("config.json")


async def main() -> Dict[str, Any]:
    """A integração completa, sem ocupar o laço de eventos."""
    return await monitoring_integration.main(MonitoringIntegration)


if __name__ == "__main__":
    asyncio.run(main())
