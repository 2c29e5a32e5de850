import CLibrdkafka

/// The version of librdkafka in use, as in `2.0.2`.
public var libraryVersion: String { String(cString: rd_kafka_version_str()) }
