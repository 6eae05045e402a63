"""The shell around the core: Kafka, RocksDB, Faust, clocks, metrics. Holds no rule about listings."""
