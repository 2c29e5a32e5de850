// Stands between a program and libpq and librdkafka (LD_PRELOAD), and lets one call fail, as the
// library itself would say it: the n-th of the function that the file GIRO_FAILING_CALLS names.
// The file is shared with the test: how many calls are left, whether one has failed, the name.
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

static int fails(const char *name) {
    if (!order || atomic_load(&order->left) <= 0 || strcmp(order->name, name) != 0) return 0;
    if (atomic_fetch_sub(&order->left, 1) != 1) return 0;
    atomic_store(&order->failed, 1);
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// What fails because the connection is gone leaves none behind.
static void cut(PGconn *connection) {
    int socket = PQsocket(connection);
    if (socket >= 0) shutdown(socket, SHUT_RDWR);
}

PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values, int expand) {
    if (fails("PQconnectStartParams")) return NULL;
    return REAL(PQconnectStartParams)(keywords, values, expand);
}

PostgresPollingStatusType PQconnectPoll(PGconn *connection) {
    if (fails("PQconnectPoll")) {
        cut(connection);
        return PGRES_POLLING_FAILED;
    }
    return REAL(PQconnectPoll)(connection);
}

int PQsetnonblocking(PGconn *connection, int arg) {
    if (fails("PQsetnonblocking")) return -1;
    return REAL(PQsetnonblocking)(connection, arg);
}

int PQenterPipelineMode(PGconn *connection) {
    if (fails("PQenterPipelineMode")) return 0;
    return REAL(PQenterPipelineMode)(connection);
}

int PQsendQuery(PGconn *connection, const char *query) {
    if (fails("PQsendQuery")) return 0;
    return REAL(PQsendQuery)(connection, query);
}

int PQsendQueryParams(
    PGconn *connection, const char *command, int count, const Oid *types,
    const char *const *values, const int *lengths, const int *formats, int result_format) {
    if (fails("PQsendQueryParams")) return 0;
    return REAL(PQsendQueryParams)(
        connection, command, count, types, values, lengths, formats, result_format);
}

int PQsendPrepare(
    PGconn *connection, const char *name, const char *query, int count, const Oid *types) {
    if (fails("PQsendPrepare")) return 0;
    return REAL(PQsendPrepare)(connection, name, query, count, types);
}

int PQsendQueryPrepared(
    PGconn *connection, const char *name, int count, const char *const *values,
    const int *lengths, const int *formats, int result_format) {
    if (fails("PQsendQueryPrepared")) return 0;
    return REAL(PQsendQueryPrepared)(
        connection, name, count, values, lengths, formats, result_format);
}

int PQpipelineSync(PGconn *connection) {
    if (fails("PQpipelineSync")) return 0;
    return REAL(PQpipelineSync)(connection);
}

int PQflush(PGconn *connection) {
    if (fails("PQflush")) {
        cut(connection);
        return -1;
    }
    return REAL(PQflush)(connection);
}

int PQconsumeInput(PGconn *connection) {
    if (fails("PQconsumeInput")) {
        cut(connection);
        return 0;
    }
    return REAL(PQconsumeInput)(connection);
}

// No memory for a result: the server's answer is lost, the connection goes on.
PGresult *PQgetResult(PGconn *connection) {
    PGresult *result = REAL(PQgetResult)(connection);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
    if ((status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) && fails("PQgetResult")) {
        PQclear(result);
        return PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR);
    }
    return result;
}

rd_kafka_conf_t *rd_kafka_conf_new(void) {
    if (fails("rd_kafka_conf_new")) return NULL;
    return REAL(rd_kafka_conf_new)();
}

rd_kafka_t *rd_kafka_new(
    rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text, size_t size) {
    if (fails("rd_kafka_new")) {
        snprintf(text, size, "Failed to create thread: %s", strerror(EAGAIN));
        errno = EAGAIN;
        return NULL;
    }
    return REAL(rd_kafka_new)(type, conf, text, size);
}

rd_kafka_topic_t *rd_kafka_topic_new(
    rd_kafka_t *client, const char *name, rd_kafka_topic_conf_t *conf) {
    if (fails("rd_kafka_topic_new")) return NULL;
    return REAL(rd_kafka_topic_new)(client, name, conf);
}

rd_kafka_error_t *rd_kafka_produceva(rd_kafka_t *client, const rd_kafka_vu_t *parts, size_t count) {
    if (fails("rd_kafka_produceva"))
        return rd_kafka_error_new(RD_KAFKA_RESP_ERR__QUEUE_FULL, "Local: Queue full");
    return REAL(rd_kafka_produceva)(client, parts, count);
}

int rd_kafka_consume_start_queue(
    rd_kafka_topic_t *topic, int32_t partition, int64_t offset, rd_kafka_queue_t *queue) {
    if (fails("rd_kafka_consume_start_queue")) return -1;
    return REAL(rd_kafka_consume_start_queue)(topic, partition, offset, queue);
}

ssize_t rd_kafka_consume_batch_queue(
    rd_kafka_queue_t *queue, int timeout, rd_kafka_message_t **messages, size_t size) {
    if (fails("rd_kafka_consume_batch_queue")) return -1;
    return REAL(rd_kafka_consume_batch_queue)(queue, timeout, messages, size);
}

rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(
    rd_kafka_t *client, const char *topic, int32_t partition, int64_t *low, int64_t *high,
    int timeout) {
    if (fails("rd_kafka_query_watermark_offsets")) return RD_KAFKA_RESP_ERR__TRANSPORT;
    return REAL(rd_kafka_query_watermark_offsets)(client, topic, partition, low, high, timeout);
}

rd_kafka_resp_err_t rd_kafka_metadata(
    rd_kafka_t *client, int all, rd_kafka_topic_t *only,
    const struct rd_kafka_metadata **metadata, int timeout) {
    if (fails("rd_kafka_metadata")) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    return REAL(rd_kafka_metadata)(client, all, only, metadata, timeout);
}
