import CLibrdkafka

extension KafkaMessage {
    /// Hands a copy of the message to librdkafka; does not wait.
    ///
    /// - Returns: Why it was not taken; `nil` if it was, and a report will come.
    func produce(
        to topic: OpaquePointer, _ ticket: UInt64, _ producer: OpaquePointer
    ) -> KafkaError? {
        let headers = headerList()
        let error = key.withBytes { key, keySize in
            value.withBytes { value, valueSize in
                let arguments = [
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_RKT) { $0.rkt = topic },
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = 0 },
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = Int32(RD_KAFKA_MSG_F_COPY) },
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_OPAQUE) {
                        $0.ptr = UnsafeMutableRawPointer(bitPattern: UInt(ticket))
                    },
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_KEY) { $0.mem = .init(ptr: key, size: keySize) },
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_VALUE) {
                        $0.mem = .init(ptr: value, size: valueSize)
                    },
                    rd_kafka_vu_t(RD_KAFKA_VTYPE_HEADERS) { $0.headers = headers },
                ]
                // Single headers would be freed twice on an unknown partition (librdkafka 2.0.2),
                // so it gets a list.
                return rd_kafka_produceva(
                    producer, arguments, headers == nil ? arguments.count - 1 : arguments.count)
            }
        }
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        if let headers { rd_kafka_headers_destroy(headers) }
        return KafkaError(
            rd_kafka_error_code(error), String(cString: rd_kafka_error_string(error)))
    }

    /// A list that belongs to the message once it is taken; `nil` for no headers.
    private func headerList() -> OpaquePointer? {
        guard !headers.isEmpty, let list = rd_kafka_headers_new(headers.count) else { return nil }
        for header in headers {
            header.value.withBytes { value, size in
                header.name.withCString { name in
                    _ = rd_kafka_header_add(list, name, header.name.utf8.count, value, size)
                }
            }
        }
        return list
    }
}

extension [UInt8]? {
    /// A null pointer for `nil`, and another one for no bytes: librdkafka tells them apart by it.
    ///
    /// librdkafka asks for pointers that may be written through, and copies.
    fileprivate func withBytes<Value>(
        _ body: (UnsafeMutableRawPointer?, Int) -> Value
    ) -> Value {
        guard let self else { return body(nil, 0) }
        guard !self.isEmpty else {
            var nothing: UInt8 = 0
            return withUnsafeMutableBytes(of: &nothing) { body($0.baseAddress, 0) }
        }
        return self.withUnsafeBytes { bytes in
            body(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        }
    }
}

extension rd_kafka_vu_t {
    fileprivate init(
        _ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_s.__Unnamed_union_u) -> Void
    ) {
        self.init()
        vtype = type
        fill(&u)
    }
}
