// The tests' PostgreSQL; see postgres_cluster.hpp. initdb runs once per machine and version: its result is copied.
#include "testing/postgres_cluster.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rapport::test {
namespace {

std::string const programs = "/usr/lib/postgresql/15/bin/";

bool is_root() { return ::geteuid() == 0; }

// PostgreSQL refuses to run as root.
std::string as_its_user() {
    return is_root() ? "setpriv --reuid=postgres --regid=postgres --clear-groups --pdeathsig=QUIT "
                     : "setpriv --pdeathsig=QUIT ";
}

void shell(std::string const& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::string settings() {
    return " -c listen_addresses='' -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200"
           " -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 -c jit=off -c log_min_messages=fatal";
}

// The folder that an initdb of this machine made; concurrent test programs wait for the first.
std::string cluster_template() {
    std::string const folder = "/tmp/rapport-test-pg15-" + std::to_string(::geteuid());
    int const lock = ::open((folder + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (lock < 0 || ::flock(lock, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + folder);
    if (!std::filesystem::exists(folder + "/done")) {
        shell("rm -rf " + folder + " && install -d -m 700 " + (is_root() ? "-o postgres -g postgres " : "") + folder);
        shell("cd / && " + as_its_user() + programs + "initdb -D " + folder +
              "/data -U rapport -A trust --no-sync --no-instructions --locale=C -E UTF8 --wal-segsize=1 >" + folder +
              ".log 2>&1");
        std::ofstream(folder + "/done") << "initdb finished\n";
    }
    ::close(lock);
    return folder + "/data";
}

std::string uri_of(std::filesystem::path const& folder, std::string const& database) {
    return "postgresql://rapport@/" + database + "?host=" + folder.string();
}

}  // namespace

PostgresCluster& PostgresCluster::instance() {
    static PostgresCluster cluster;
    return cluster;
}

PostgresCluster::PostgresCluster() {
    char name[] = "/tmp/rapport-pg-XXXXXX";
    if (!::mkdtemp(name)) throw std::runtime_error("no temporary folder");
    folder_ = name;
    if (is_root()) shell("chown postgres:postgres " + folder_.string());
    shell("cd / && " + as_its_user() + "cp -r " + cluster_template() + " " + folder_.string() + "/data");
    start();
}

PostgresCluster::~PostgresCluster() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void PostgresCluster::start() {
    std::string const command = "cd / && exec " + as_its_user() + programs + "postgres -D " + folder_.string() +
                                "/data -k " + folder_.string() + settings() + " >" + folder_.string() + "/log 2>&1";
    process_ = ::fork();
    if (process_ == 0) {
        ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        ::_exit(127);
    }
    for (int i = 0; i < 3000; ++i) {
        if (PQping(uri_of(folder_, "postgres").c_str()) == PQPING_OK) return;
        if (::waitpid(process_, nullptr, WNOHANG) == process_) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("PostgreSQL did not start; see " + folder_.string() + "/log");
}

void PostgresCluster::stop() {
    if (process_ == 0) return;
    ::kill(process_, SIGQUIT);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
}

std::string PostgresCluster::run(std::string const& sql) {
    PGconn* const connection = PQconnectdb(uri_of(folder_, "postgres").c_str());
    PGresult* const result = PQexec(connection, sql.c_str());
    auto const status = PQresultStatus(result);
    std::string const text = status == PGRES_TUPLES_OK && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    std::string const error = PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw std::runtime_error(sql + ": " + error);
    return text;
}

std::string PostgresCluster::create_database() {
    std::string const name = "t" + std::to_string(++databases_);
    run("CREATE DATABASE " + name + " TEMPLATE template0 STRATEGY file_copy");
    return uri_of(folder_, name);
}

void PostgresCluster::drop_database(std::string const& uri) {
    auto const start = uri.find("@/") + 2;
    run("DROP DATABASE IF EXISTS " + uri.substr(start, uri.find('?') - start) + " WITH (FORCE)");
}

}  // namespace rapport::test
