// The HTTP server against nginx `return 200` in the same run (wrk must be installed), and what 10,000 idle event
// streams and connections cost. The server is a process of its own with one thread. Usage: bench_http [seconds per run]
#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "net/net.hpp"
#include "net/server.hpp"
#include "net/task_group.hpp"

namespace {

using namespace rapport;
using namespace rapport::net;

struct Item {
    std::string id, kind, state, subject, reference;
    std::vector<std::string> labels;
    int count;
};
BOOST_DESCRIBE_STRUCT(Item, (), (id, kind, state, subject, reference, labels, count))
struct Answer {
    std::string id;
    bool done;
};
BOOST_DESCRIBE_STRUCT(Answer, (), (id, done))

Signal never;

Task<Expected<>> follow(Request&, EventStream& stream) {
    bool open = co_await stream.open();
    while (open) {
        co_await never.wait(0, std::chrono::hours(1));
        open = stream.is_open();
    }
    co_return Expected<>{};
}

Item item() {
    return {"dlv_0ntq3k5c8w2v1",          "registered", "notified", std::string(160, 's'), "reference 17",
            {"first", "second", "third"}, 12'345};
}

Routes routes() {
    return {
        get<"/plain">(anyone, "Plain", [](Request&) -> Task<Response> { co_return text(std::string(300, 'x')); }),
        get<"/json">(anyone, "JSON", [](Request&) -> Task<Expected<Item>> { co_return item(); }),
        post<"/json">(anyone, "JSON",
                      [](Request&, Body<Item> body) -> Task<Expected<Created<Answer>>> {
                          co_return Created{Answer{body->id, true}};
                      }),
        get<"/events">(anyone, "Events", follow),
    };
}

[[noreturn]] void serve(int port_pipe) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    asio::io_context context(1);
    ServerOptions options;
    options.access_log = false;
    Server server(options, routes(), [](Request&, Permission) -> Task<Expected<Viewer>> { co_return Viewer{}; });
    asio::io_context* const contexts[] = {&context};
    server.start(contexts);
    std::uint16_t const port = server.port();
    if (::write(port_pipe, &port, sizeof port) != sizeof port) std::_Exit(1);
    context.run();
    std::_Exit(0);
}

struct Child {
    pid_t pid = 0;
    std::uint16_t port = 0;
    ~Child() {
        if (pid <= 0) return;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
};

void start(Child& child) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    child.pid = ::fork();
    if (child.pid == 0) serve(ends[1]);
    if (::read(ends[0], &child.port, sizeof child.port) != sizeof child.port) std::abort();
    ::close(ends[0]);
    ::close(ends[1]);
}

std::string output_of(std::string const& command) {
    std::string out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    char piece[4096];
    while (std::size_t const n = std::fread(piece, 1, sizeof piece, pipe)) out.append(piece, n);
    ::pclose(pipe);
    return out;
}

double wrk(std::string const& url, int connections, int seconds, std::string const& script = "") {
    std::string const out = output_of("wrk -t1 -c" + std::to_string(connections) + " -d" + std::to_string(seconds) +
                                      "s " + (script.empty() ? "" : "-s " + script + ' ') + url + " 2>&1");
    auto const at = out.find("Requests/sec:");
    if (out.find("Non-2xx") != std::string::npos) std::printf("   (answers other than 2xx)\n");
    return at == std::string::npos ? 0 : std::atof(out.c_str() + at + 13);
}

// nginx with one worker, answering from its configuration.
struct Nginx {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("bench-nginx-" + std::to_string(::getpid()));
    Child child;
    bool start() {
        if (output_of("command -v nginx || command -v /usr/sbin/nginx").empty()) return false;
        std::filesystem::create_directories(folder);
        int const probe = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0) return false;
        ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
        ::close(probe);
        child.port = ntohs(address.sin_port);
        std::ofstream(folder / "nginx.conf")
            << "daemon off; master_process off; worker_processes 1; pid " << folder.string()
            << "/pid; error_log /dev/null;\n"
            << "events { worker_connections 4096; }\nhttp { access_log off; keepalive_requests 100000000;\n"
            << "server { listen 127.0.0.1:" << child.port << "; location / { default_type text/plain; return 200 '"
            << std::string(300, 'x') << "'; } } }\n";
        child.pid = ::fork();
        if (child.pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::execlp("/usr/sbin/nginx", "nginx", "-p", folder.c_str(), "-c", (folder / "nginx.conf").c_str(), nullptr);
            std::_Exit(1);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return true;
    }
    ~Nginx() { std::filesystem::remove_all(folder); }
};

long rss_kb(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(in, line))
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    return 0;
}

int open_connection(std::uint16_t port, std::string const& request, std::string_view until) {
    int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return -1;
    std::string got;
    char piece[4096];
    while (got.find(until) == std::string::npos) {
        auto const n = ::recv(fd, piece, sizeof piece, 0);
        if (n <= 0) return -1;
        got.append(piece, static_cast<std::size_t>(n));
    }
    return fd;
}

void cost_of(std::string const& what, std::string const& path, std::size_t wanted) {
    Child child;
    start(child);
    std::string const request =
        "GET " + path +
        " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) like a browser's\r\n"
        "Accept: text/event-stream\r\nAccept-Language: en\r\nAuthorization: Bearer rk_" +
        std::string(32, 'a') + "\r\n\r\n";
    std::vector<int> open;
    for (int i = 0; i < 200; ++i) open.push_back(open_connection(child.port, request, "\r\n\r\n"));
    long const before = rss_kb(child.pid);
    std::size_t const first = open.size();
    while (open.size() < first + wanted) {
        int const fd = open_connection(child.port, request, "\r\n\r\n");
        if (fd < 0) break;
        open.push_back(fd);
    }
    std::size_t const n = open.size() - first;
    long const after = rss_kb(child.pid);
    std::printf("%-34s %6zu  %5.2f KB each (RSS %ld → %ld KB)\n", what.c_str(), n,
                static_cast<double>(after - before) / static_cast<double>(n), before, after);
    for (int fd : open) ::close(fd);
}

}  // namespace

int main(int count, char** arguments) {
    int const seconds = count > 1 ? std::atoi(arguments[1]) : 3;
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    cost_of("idle event streams", "/events", 10'000);
    cost_of("idle kept connections", "/json", 10'000);

    auto const script = std::filesystem::temp_directory_path() / ("bench-post-" + std::to_string(::getpid()) + ".lua");
    std::ofstream(script) << "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [["
                          << json::encode(item()) << "]]\n";
    Child child;
    start(child);
    Nginx nginx;
    bool const peer = nginx.start();
    auto const here = [&](std::string const& path) { return "http://127.0.0.1:" + std::to_string(child.port) + path; };
    struct Row {
        char const* name;
        std::string path, lua;
        int connections;
        double goal;
    };
    Row const rows[] = {{"plaintext, 64 connections", "/plain", "", 64, 0.8},
                        {"GET JSON, 64 connections", "/json", "", 64, 0.65},
                        {"POST JSON, 64 connections", "/json", script.string(), 64, 0.5},
                        {"plaintext, 512 connections", "/plain", "", 512, 0.75}};
    std::printf("%-34s %10s %10s %7s %6s\n", "", "rapport/s", "nginx/s", "ratio", "goal");
    for (auto const& row : rows) {
        // Interleaved, and the medians of three: the machine is shared.
        std::vector<double> ours, theirs;
        for (int i = 0; i < 3; ++i) {
            ours.push_back(wrk(here(row.path), row.connections, seconds, row.lua));
            theirs.push_back(
                peer ? wrk("http://127.0.0.1:" + std::to_string(nginx.child.port) + "/", row.connections, seconds) : 0);
        }
        std::sort(ours.begin(), ours.end());
        std::sort(theirs.begin(), theirs.end());
        std::printf("%-34s %10.0f %10.0f %7.2f %6.2f\n", row.name, ours[1], theirs[1],
                    theirs[1] > 0 ? ours[1] / theirs[1] : 0, row.goal);
    }
    std::filesystem::remove(script);
}
