"""smsc.yaml: what it may say and what it becomes."""

from smsc.config.settings import (
    BadConfig,
    CarrierEntry,
    Config,
    Listen,
    config_schema,
    load_config,
    split_address,
    variables,
)

__all__ = [
    "BadConfig",
    "CarrierEntry",
    "Config",
    "Listen",
    "config_schema",
    "load_config",
    "split_address",
    "variables",
]
