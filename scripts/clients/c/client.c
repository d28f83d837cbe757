// The calls of ZooKeeper's C library, each answered as zookeeper.h says. Prints a line for each check: pass or fail, its name,
// why (tabs between).
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

static const char *servers;
static zhandle_t *client;
static char why[300];

// The first reason of a check counts.
static void not_so(const char *format, ...) {
    if (!why[0]) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(why, sizeof why, format, arguments);
        va_end(arguments);
    }
}

#define EXPECT(condition) do { if (!(condition)) not_so("line %d: not so: %s", __LINE__, #condition); } while (0)
#define CODE(expected, call) code(expected, call, #call, __LINE__)

static void code(int expected, int actual, const char *call, int line) {
    if (expected != actual) not_so("line %d: %s gave %s, not %s", line, call, zerror(actual), zerror(expected));
}

// Events, in the order in which the library's thread delivers them.
static struct { int type; char path[200]; } events[100];
static int heard, read_events;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void watcher(zhandle_t *handle, int type, int state, const char *path, void *context) {
    (void)handle, (void)state, (void)context;
    pthread_mutex_lock(&lock);
    if (type != ZOO_SESSION_EVENT && heard < 100) {
        events[heard].type = type;
        snprintf(events[heard++].path, sizeof events[0].path, "%s", path);
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void event(int type, const char *path) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 45;
    pthread_mutex_lock(&lock);
    while (read_events == heard && pthread_cond_timedwait(&changed, &lock, &end) == 0) {}
    int arrived = read_events < heard;
    int right = arrived && events[read_events].type == type && !strcmp(events[read_events].path, path);
    if (!right) {
        not_so("event %d %s instead of %d %s", arrived ? events[read_events].type : 0,
            arrived ? events[read_events].path : "none", type, path);
    }
    read_events += arrived;
    pthread_mutex_unlock(&lock);
}

static zhandle_t *connect_to(void) {
    zhandle_t *handle = zookeeper_init(servers, watcher, 10000, NULL, NULL, 0);
    for (int i = 0; i < 900 && zoo_state(handle) != ZOO_CONNECTED_STATE; i++) usleep(50000);
    EXPECT(zoo_state(handle) == ZOO_CONNECTED_STATE);
    return handle;
}

static int create(const char *path, const char *value) {
    return zoo_create(client, path, value, value ? (int)strlen(value) : -1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
}

static void basics(void) {
    char made[100], data[100];
    struct Stat first, second;
    int length = sizeof data;
    CODE(ZOK, zoo_create2(client, "/basics", "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, made, sizeof made, &first));
    EXPECT(!strcmp(made, "/basics"));
    CODE(ZOK, zoo_get(client, "/basics", 0, data, &length, &second));
    EXPECT(length == 3 && !memcmp(data, "one", 3));
    EXPECT(first.czxid == second.czxid && second.dataLength == 3);
    CODE(ZNODEEXISTS, create("/basics", NULL));
    CODE(ZBADVERSION, zoo_set(client, "/basics", "two", 3, 4));
    CODE(ZOK, zoo_set2(client, "/basics", "two", 3, 0, &second));
    EXPECT(second.version == 1);
    CODE(ZOK, create("/basics/a", NULL));
    length = sizeof data;
    CODE(ZOK, zoo_get(client, "/basics/a", 0, data, &length, &second));
    EXPECT(length == -1); // null, not empty
    CODE(ZNOTEMPTY, zoo_delete(client, "/basics", -1));
    struct String_vector children = {0};
    CODE(ZOK, zoo_get_children2(client, "/basics", 0, &children, &second));
    EXPECT(children.count == 1 && second.numChildren == 1);
    if (children.count) deallocate_String_vector(&children);
    CODE(ZOK, zoo_delete(client, "/basics/a", 0));
    CODE(ZOK, zoo_delete(client, "/basics", 1));
    CODE(ZNONODE, zoo_exists(client, "/basics", 0, &second));
}

static void kinds(void) {
    char made[100];
    struct Stat stat;
    CODE(ZOK, zoo_create(client, "/kinds", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_CONTAINER, NULL, 0));
    CODE(ZOK, zoo_create(client, "/kinds/s-", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL_SEQUENTIAL, made, sizeof made));
    EXPECT(!strcmp(made, "/kinds/s-0000000000"));
    CODE(ZOK, zoo_exists(client, made, 0, &stat));
    EXPECT(stat.ephemeralOwner == zoo_client_id(client)->client_id);
    CODE(ZNOCHILDRENFOREPHEMERALS, create("/kinds/s-0000000000/x", NULL));
    CODE(ZOK, zoo_create2_ttl(client, "/kinds/t", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 600000, made, sizeof made, &stat));
    CODE(ZOK, zoo_create_ttl(client, "/kinds/t-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 600000, made, sizeof made));
    EXPECT(!strcmp(made, "/kinds/t-0000000002"));
}

static void multi(void) {
    zoo_op_t ops[4];
    zoo_op_result_t results[4];
    char made[100];
    struct Stat stat;
    zoo_create_op_init(&ops[0], "/multi", "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, made, sizeof made);
    zoo_check_op_init(&ops[1], "/multi", 0);
    zoo_set_op_init(&ops[2], "/multi", "two", 3, 0, &stat);
    zoo_create_op_init(&ops[3], "/multi/s-", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, made, sizeof made);
    CODE(ZOK, zoo_multi(client, 4, ops, results));
    EXPECT(stat.version == 1 && !strcmp(made, "/multi/s-0000000000"));
    zoo_set_op_init(&ops[0], "/multi", "three", 5, -1, &stat);
    zoo_delete_op_init(&ops[1], "/multi/none", -1);
    zoo_delete_op_init(&ops[2], "/multi/s-0000000000", -1);
    CODE(ZNONODE, zoo_multi(client, 3, ops, results));
    EXPECT(results[0].err == ZOK && results[1].err == ZNONODE && results[2].err == ZRUNTIMEINCONSISTENCY);
    CODE(ZOK, zoo_exists(client, "/multi", 0, &stat));
    EXPECT(stat.version == 1);
}

static void watches(void) {
    struct Stat stat;
    struct String_vector children = {0};
    CODE(ZNONODE, zoo_wexists(client, "/watched", watcher, NULL, &stat));
    CODE(ZOK, create("/watched", NULL));
    event(ZOO_CREATED_EVENT, "/watched");
    CODE(ZOK, zoo_wexists(client, "/watched", watcher, NULL, &stat));
    CODE(ZOK, zoo_set(client, "/watched", "x", 1, -1));
    event(ZOO_CHANGED_EVENT, "/watched");
    CODE(ZOK, zoo_wget_children(client, "/watched", watcher, NULL, &children));
    CODE(ZOK, create("/watched/a", NULL));
    event(ZOO_CHILD_EVENT, "/watched");
    CODE(ZOK, zoo_wexists(client, "/watched", watcher, NULL, &stat));
    CODE(ZOK, zoo_remove_watches(client, "/watched", ZWATCHTYPE_DATA, watcher, NULL, 0));
    CODE(ZNOWATCHER, zoo_remove_watches(client, "/watched", ZWATCHTYPE_DATA, watcher, NULL, 0));
    CODE(ZOK, zoo_set(client, "/watched", "y", 1, -1));
    CODE(ZOK, zoo_wexists(client, "/watched/a", watcher, NULL, &stat));
    CODE(ZOK, zoo_delete(client, "/watched/a", -1));
    event(ZOO_DELETED_EVENT, "/watched/a");
}

static int authenticated = 1;
static void completed(int rc, const void *data) { *(int *)data = rc; }

static void acl(void) {
    zhandle_t *other = connect_to();
    CODE(ZINVALIDACL, zoo_create(client, "/acl", NULL, -1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    CODE(ZOK, zoo_add_auth(client, "digest", "who:secret", 10, completed, &authenticated));
    for (int i = 0; i < 900 && authenticated == 1; i++) usleep(50000);
    EXPECT(authenticated == ZOK);
    CODE(ZOK, zoo_create(client, "/acl", "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    struct ACL_vector list = {0};
    struct Stat stat;
    CODE(ZOK, zoo_get_acl(client, "/acl", &list, &stat));
    EXPECT(list.count == 1 && !strcmp(list.data[0].id.scheme, "digest") && !strncmp(list.data[0].id.id, "who:", 4));
    if (list.count) deallocate_ACL_vector(&list);
    // A write, so that the other server surely knows the node.
    CODE(ZNOAUTH, zoo_set(other, "/acl", "y", 1, -1));
    char data[10];
    int length = sizeof data;
    int rc = ZNONODE;
    for (int i = 0; i < 900 && rc == ZNONODE; i++) rc = zoo_get(other, "/acl", 0, data, &length, &stat), usleep(10000);
    CODE(ZNOAUTH, rc);
    CODE(ZOK, zoo_set_acl(client, "/acl", 0, &ZOO_OPEN_ACL_UNSAFE));
    CODE(ZOK, zoo_set(other, "/acl", "y", 1, -1));
    zookeeper_close(other);
}

static void configuration(void) {
    char text[2000];
    int length = sizeof text - 1;
    struct Stat stat;
    CODE(ZOK, zoo_getconfig(client, 0, text, &length, &stat));
    text[length < 0 ? 0 : length] = 0;
    EXPECT(strstr(text, "server.1=") && strstr(text, "version="));
    length = sizeof text - 1;
    CODE(ZRECONFIGDISABLED, zoo_reconfig(client, NULL, "3", NULL, -1, text, &length, &stat));
}

static void sessions(void) {
    zhandle_t *first = connect_to();
    CODE(ZOK, zoo_create(first, "/session", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0));
    // The first client takes its session back as soon as it can, so that one try may come to nothing.
    for (int tries = 0; tries < 20 && zoo_state(first) != ZOO_EXPIRED_SESSION_STATE; tries++) {
        zhandle_t *second = zookeeper_init(servers, watcher, 10000, zoo_client_id(first), NULL, 0);
        for (int i = 0; i < 100 && zoo_state(second) != ZOO_CONNECTED_STATE; i++) usleep(10000);
        zookeeper_close(second);
        for (int i = 0; i < 100 && zoo_state(first) != ZOO_EXPIRED_SESSION_STATE; i++) usleep(50000);
    }
    EXPECT(zoo_state(first) == ZOO_EXPIRED_SESSION_STATE);
    zookeeper_close(first);
    CODE(ZNONODE, zoo_delete(client, "/session", -1));
}

static void unknown_scheme(void) {
    zhandle_t *other = connect_to();
    int result = 1;
    zoo_add_auth(other, "nonsense", "x", 1, completed, &result);
    for (int i = 0; i < 900 && zoo_state(other) != ZOO_AUTH_FAILED_STATE; i++) usleep(50000);
    EXPECT(zoo_state(other) == ZOO_AUTH_FAILED_STATE);
    zookeeper_close(other);
}

static void check(const char *name, void (*body)(void)) {
    why[0] = 0;
    body();
    printf("%s\tC: %s\t%s\n", why[0] ? "fail" : "pass", name, why);
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    servers = arguments[1];
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zoo_deterministic_conn_order(1);
    client = connect_to();
    check("create, read, change and delete", basics);
    check("sequential, ephemeral, container and TTL nodes", kinds);
    check("multi: all or nothing", multi);
    check("watches", watches);
    check("ACL", acl);
    check("an unknown scheme", unknown_scheme);
    check("the ensemble's configuration", configuration);
    check("sessions: taken over and ended", sessions);
    zookeeper_close(client);
    return 0;
}
