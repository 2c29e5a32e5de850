// Stands between a program and libpq and librdkafka (LD_PRELOAD), and lets one call fail, as the
// library itself would say it: the n-th of the function that the file GIRO_FAILING_CALLS names.
// The file is shared with the test: how many calls are left, whether one has failed, the name.
//
// Every function is here that Giro calls, whose documentation says how it fails, and that the
// operations of FailingCallTests reach. Left out are:
// - PQgetCancel, PQcancel: called where a reader gives up a running statement, which none of the
//   operations does; LibPQTests do it on a real server.
// - PQgetCopyData: there is no COPY in Giro's operations; LibPQTests break one.
// - rd_kafka_purge, which fails with wrong flags and on a consumer only, and has nothing to take
//   back where the operations call it.
// - rd_kafka_queue_new, rd_kafka_queue_get_main, rd_kafka_headers_new,
//   rd_kafka_topic_partition_list_new, rd_kafka_AdminOptions_new, rd_kafka_event_*: have no way to
//   fail; without memory librdkafka ends the process.
// - rd_kafka_NewTopic_new, rd_kafka_ConfigResource_new, the setters of both and of
//   rd_kafka_AdminOptions: fail with arguments that are none, which Giro does not give them.
// - rd_kafka_AlterConfigs, rd_kafka_DeleteRecords: the broker of these tests is as declared.
// - What looks at something that is there: PQstatus, PQsocket, PQntuples, rd_kafka_error_code, ….
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct order {
    atomic_int left;
    atomic_int failed;
    char name[120];
};

static struct order *order;

__attribute__((constructor)) static void map_order(void) {
    const char *path = getenv("GIRO_FAILING_CALLS");
    if (!path) return;
    int file = open(path, O_RDWR);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) order = mapped;
}

// The libraries call themselves by the same names: only the program's own calls count.
static int is_programs(void *caller) {
    Dl_info found;
    if (!dladdr(caller, &found) || !found.dli_fname) return 1;
    return !strstr(found.dli_fname, "librdkafka") && !strstr(found.dli_fname, "libpq");
}

static int fails(const char *name, void *caller) {
    if (!order || atomic_load(&order->left) <= 0 || strcmp(order->name, name) != 0) return 0;
    if (!is_programs(caller) || atomic_fetch_sub(&order->left, 1) != 1) return 0;
    atomic_store(&order->failed, 1);
    return 1;
}

#define FAILS(function) fails(#function, __builtin_return_address(0))
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// What fails because the connection is gone leaves none behind.
static void cut(PGconn *connection) {
    int socket = PQsocket(connection);
    if (socket >= 0) shutdown(socket, SHUT_RDWR);
}

PQconninfoOption *PQconninfoParse(const char *text, char **message) {
    if (FAILS(PQconninfoParse)) {
        if (message) *message = NULL;
        return NULL;
    }
    return REAL(PQconninfoParse)(text, message);
}

PGconn *PQconnectStart(const char *text) {
    if (FAILS(PQconnectStart)) return NULL;
    return REAL(PQconnectStart)(text);
}

char *PQencryptPasswordConn(
    PGconn *connection, const char *password, const char *user, const char *algorithm) {
    if (FAILS(PQencryptPasswordConn)) return NULL;
    return REAL(PQencryptPasswordConn)(connection, password, user, algorithm);
}

PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values, int expand) {
    if (FAILS(PQconnectStartParams)) return NULL;
    return REAL(PQconnectStartParams)(keywords, values, expand);
}

PostgresPollingStatusType PQconnectPoll(PGconn *connection) {
    if (FAILS(PQconnectPoll)) {
        cut(connection);
        return PGRES_POLLING_FAILED;
    }
    return REAL(PQconnectPoll)(connection);
}

int PQsetnonblocking(PGconn *connection, int arg) {
    if (FAILS(PQsetnonblocking)) return -1;
    return REAL(PQsetnonblocking)(connection, arg);
}

int PQenterPipelineMode(PGconn *connection) {
    if (FAILS(PQenterPipelineMode)) return 0;
    return REAL(PQenterPipelineMode)(connection);
}

int PQexitPipelineMode(PGconn *connection) {
    if (FAILS(PQexitPipelineMode)) return 0;
    return REAL(PQexitPipelineMode)(connection);
}

int PQsendQuery(PGconn *connection, const char *query) {
    if (FAILS(PQsendQuery)) return 0;
    return REAL(PQsendQuery)(connection, query);
}

int PQsendQueryParams(
    PGconn *connection, const char *command, int count, const Oid *types,
    const char *const *values, const int *lengths, const int *formats, int result_format) {
    if (FAILS(PQsendQueryParams)) return 0;
    return REAL(PQsendQueryParams)(
        connection, command, count, types, values, lengths, formats, result_format);
}

int PQsendPrepare(
    PGconn *connection, const char *name, const char *query, int count, const Oid *types) {
    if (FAILS(PQsendPrepare)) return 0;
    return REAL(PQsendPrepare)(connection, name, query, count, types);
}

int PQsendQueryPrepared(
    PGconn *connection, const char *name, int count, const char *const *values,
    const int *lengths, const int *formats, int result_format) {
    if (FAILS(PQsendQueryPrepared)) return 0;
    return REAL(PQsendQueryPrepared)(
        connection, name, count, values, lengths, formats, result_format);
}

int PQpipelineSync(PGconn *connection) {
    if (FAILS(PQpipelineSync)) return 0;
    return REAL(PQpipelineSync)(connection);
}

int PQflush(PGconn *connection) {
    if (FAILS(PQflush)) {
        cut(connection);
        return -1;
    }
    return REAL(PQflush)(connection);
}

int PQconsumeInput(PGconn *connection) {
    if (FAILS(PQconsumeInput)) {
        cut(connection);
        return 0;
    }
    return REAL(PQconsumeInput)(connection);
}

// No memory for a result: the server's answer is lost, the connection stays usable.
PGresult *PQgetResult(PGconn *connection) {
    PGresult *result = REAL(PQgetResult)(connection);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
    if ((status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) && FAILS(PQgetResult)) {
        PQclear(result);
        return PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR);
    }
    return result;
}

rd_kafka_conf_t *rd_kafka_conf_new(void) {
    if (FAILS(rd_kafka_conf_new)) return NULL;
    return REAL(rd_kafka_conf_new)();
}

rd_kafka_conf_res_t rd_kafka_conf_set(
    rd_kafka_conf_t *conf, const char *name, const char *value, char *text, size_t size) {
    if (FAILS(rd_kafka_conf_set)) {
        snprintf(text, size, "Invalid value for configuration property \"%s\"", name);
        return RD_KAFKA_CONF_INVALID;
    }
    return REAL(rd_kafka_conf_set)(conf, name, value, text, size);
}

rd_kafka_conf_res_t rd_kafka_conf_set_ssl_cert_verify_cb(
    rd_kafka_conf_t *conf,
    int (*verify)(
        rd_kafka_t *, const char *, int32_t, int *, int, const char *, size_t, char *, size_t,
        void *)) {
    if (FAILS(rd_kafka_conf_set_ssl_cert_verify_cb)) return RD_KAFKA_CONF_INVALID;
    return REAL(rd_kafka_conf_set_ssl_cert_verify_cb)(conf, verify);
}

rd_kafka_t *rd_kafka_new(
    rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text, size_t size) {
    if (FAILS(rd_kafka_new)) {
        snprintf(text, size, "Failed to create thread: %s", strerror(EAGAIN));
        errno = EAGAIN;
        return NULL;
    }
    return REAL(rd_kafka_new)(type, conf, text, size);
}

// Its log lines go to where all other events go: no caller waits for them.
rd_kafka_resp_err_t rd_kafka_set_log_queue(rd_kafka_t *client, rd_kafka_queue_t *queue) {
    if (FAILS(rd_kafka_set_log_queue)) return RD_KAFKA_RESP_ERR__NOT_CONFIGURED;
    return REAL(rd_kafka_set_log_queue)(client, queue);
}

rd_kafka_topic_t *rd_kafka_topic_new(
    rd_kafka_t *client, const char *name, rd_kafka_topic_conf_t *conf) {
    if (FAILS(rd_kafka_topic_new)) return NULL;
    return REAL(rd_kafka_topic_new)(client, name, conf);
}

rd_kafka_resp_err_t rd_kafka_header_add(
    rd_kafka_headers_t *headers, const char *name, ssize_t name_size, const void *value,
    ssize_t value_size) {
    if (FAILS(rd_kafka_header_add)) return RD_KAFKA_RESP_ERR__READ_ONLY;
    return REAL(rd_kafka_header_add)(headers, name, name_size, value, value_size);
}

rd_kafka_resp_err_t rd_kafka_message_headers(
    const rd_kafka_message_t *message, rd_kafka_headers_t **headers) {
    if (FAILS(rd_kafka_message_headers)) return RD_KAFKA_RESP_ERR__BAD_MSG;
    return REAL(rd_kafka_message_headers)(message, headers);
}

// A delivery report: the broker has the message, and the producer hears that it may not.
const rd_kafka_message_t *rd_kafka_event_message_next(rd_kafka_event_t *event) {
    const rd_kafka_message_t *message = REAL(rd_kafka_event_message_next)(event);
    if (message && FAILS(rd_kafka_event_message_next))
        ((rd_kafka_message_t *)message)->err = RD_KAFKA_RESP_ERR__TIMED_OUT;
    return message;
}

rd_kafka_msg_status_t rd_kafka_message_status(const rd_kafka_message_t *message) {
    if (message->err) return RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;
    return REAL(rd_kafka_message_status)(message);
}

rd_kafka_error_t *rd_kafka_produceva(rd_kafka_t *client, const rd_kafka_vu_t *parts, size_t count) {
    if (FAILS(rd_kafka_produceva))
        return rd_kafka_error_new(RD_KAFKA_RESP_ERR__QUEUE_FULL, "Local: Queue full");
    return REAL(rd_kafka_produceva)(client, parts, count);
}

int rd_kafka_consume_start_queue(
    rd_kafka_topic_t *topic, int32_t partition, int64_t offset, rd_kafka_queue_t *queue) {
    if (FAILS(rd_kafka_consume_start_queue)) return -1;
    return REAL(rd_kafka_consume_start_queue)(topic, partition, offset, queue);
}

// It keeps reading.
int rd_kafka_consume_stop(rd_kafka_topic_t *topic, int32_t partition) {
    if (FAILS(rd_kafka_consume_stop)) return -1;
    return REAL(rd_kafka_consume_stop)(topic, partition);
}

ssize_t rd_kafka_consume_batch_queue(
    rd_kafka_queue_t *queue, int timeout, rd_kafka_message_t **messages, size_t size) {
    if (FAILS(rd_kafka_consume_batch_queue)) return -1;
    return REAL(rd_kafka_consume_batch_queue)(queue, timeout, messages, size);
}

rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(
    rd_kafka_t *client, const char *topic, int32_t partition, int64_t *low, int64_t *high,
    int timeout) {
    if (FAILS(rd_kafka_query_watermark_offsets)) return RD_KAFKA_RESP_ERR__TRANSPORT;
    return REAL(rd_kafka_query_watermark_offsets)(client, topic, partition, low, high, timeout);
}

rd_kafka_resp_err_t rd_kafka_metadata(
    rd_kafka_t *client, int all, rd_kafka_topic_t *only,
    const struct rd_kafka_metadata **metadata, int timeout) {
    if (FAILS(rd_kafka_metadata)) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    return REAL(rd_kafka_metadata)(client, all, only, metadata, timeout);
}

// Only a poll that waits can end without an answer.
rd_kafka_event_t *rd_kafka_queue_poll(rd_kafka_queue_t *queue, int timeout) {
    if (timeout > 0 && FAILS(rd_kafka_queue_poll)) return NULL;
    return REAL(rd_kafka_queue_poll)(queue, timeout);
}

rd_kafka_resp_err_t rd_kafka_event_error(rd_kafka_event_t *event) {
    if (FAILS(rd_kafka_event_error)) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    return REAL(rd_kafka_event_error)(event);
}

rd_kafka_resp_err_t rd_kafka_topic_result_error(const rd_kafka_topic_result_t *result) {
    if (FAILS(rd_kafka_topic_result_error))
        return RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    return REAL(rd_kafka_topic_result_error)(result);
}

rd_kafka_resp_err_t rd_kafka_ConfigResource_error(const rd_kafka_ConfigResource_t *result) {
    if (FAILS(rd_kafka_ConfigResource_error))
        return RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    return REAL(rd_kafka_ConfigResource_error)(result);
}
