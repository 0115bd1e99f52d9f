// The HTTP client: one thread, libcurl's multi interface.
#include "net/client.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "base/text.hpp"

namespace rapport::net {

namespace {

using Result = Expected<HttpReply>;
using Complete = std::function<void(Result)>;

struct EasyDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct UrlDelete {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct Transfer {
    HttpRequest request;
    Complete complete;
    HttpReply reply = {};
    bool allowed_private = false;
    bool forbidden_address = false;
    bool too_large = false;
    std::unique_ptr<CURL, EasyDelete> easy = {};
    curl_slist* fields = nullptr;
    curl_slist* connect_to = nullptr;
    char error[CURL_ERROR_SIZE] = {};

    ~Transfer() {
        curl_slist_free_all(fields);
        curl_slist_free_all(connect_to);
    }
};

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0U) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

std::string address_text(sockaddr const* address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const*>(address)->sin_addr, text, sizeof text);
    if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6 const*>(address)->sin6_addr, text, sizeof text);
    return text;
}

// The name was resolved; this is the address that would be connected to, so that no second answer of the DNS can
// differ.
curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(data);
    if (!transfer.allowed_private && is_private_address(address_text(&address->addr))) {
        transfer.forbidden_address = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
    auto& transfer = *static_cast<Transfer*>(to);
    if (transfer.reply.body.size() + size > transfer.request.response_limit) {
        transfer.too_large = true;
        return 0;
    }
    transfer.reply.body.append(data, size);
    return size;
}

std::size_t take_field(char* data, std::size_t, std::size_t size, void* to) {
    auto& transfer = *static_cast<Transfer*>(to);
    std::string_view const line = trimmed({data, size});
    if (line.starts_with("HTTP/")) {  // of the last response, should there be a 100 before
        transfer.reply.headers.clear();
        return size;
    }
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    if (transfer.reply.headers.size() >= 200) {
        transfer.too_large = true;
        return 0;
    }
    transfer.reply.headers.add_received(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    return size;
}

Error error_of(Transfer const& transfer, CURLcode code) {
    auto const because = [&](ErrorKind kind, std::string name, std::string text) {
        return Error{kind, std::move(name), std::move(text)};
    };
    if (transfer.forbidden_address)
        return because(ErrorKind::forbidden, "http_forbidden_address",
                       "This address is in a private network; name its host in the configuration if it is meant.");
    if (transfer.too_large)
        return because(ErrorKind::too_large, "http_too_large", "The answer is larger than allowed.");
    std::string const detail = transfer.error[0] ? transfer.error : curl_easy_strerror(code);
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return because(ErrorKind::unavailable, "http_timeout", "No answer in time: " + detail);
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return because(ErrorKind::invalid, "http_bad_url", "Not an http or https address: " + detail);
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return because(ErrorKind::unavailable, "http_tls", "No secure connection: " + detail);
        default:
            return because(ErrorKind::unavailable, "http_unreachable", "Not reachable: " + detail);
    }
}

void set_method(CURL* easy, HttpRequest const& request) {
    if (request.method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

struct HttpClient::Impl {
    HttpClientOptions options;
    CURLM* multi = nullptr;
    std::mutex mutex;
    std::deque<std::unique_ptr<Transfer>> waiting;
    std::map<CURL*, std::unique_ptr<Transfer>> running;  // on the thread only
    bool stopping = false;
    std::mutex joining;
    std::thread thread;

    explicit Impl(HttpClientOptions o) : options(std::move(o)) {
        static bool const ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
        require(ready, "libcurl starts");
        multi = curl_multi_init();
        thread = std::thread([this] { work(); });
    }

    void stop() {
        {
            std::lock_guard const lock(mutex);
            stopping = true;
        }
        curl_multi_wakeup(multi);
        std::lock_guard const one_joins(joining);
        if (thread.joinable()) thread.join();
    }
    ~Impl() {
        stop();
        curl_multi_cleanup(multi);
    }

    void submit(std::unique_ptr<Transfer> transfer) {
        bool refuses = false;
        {
            std::lock_guard const lock(mutex);
            refuses = stopping;
            if (!stopping && waiting.size() < options.most_waiting) {
                waiting.push_back(std::move(transfer));
                curl_multi_wakeup(multi);
                return;
            }
        }
        transfer->complete(
            refuses ? stopped()
                    : fail(ErrorKind::unavailable, "http_busy", "Too many requests are waiting; try again later."));
    }

    void work() {
        while (true) {
            if (!take_waiting()) break;
            int active = 0;
            curl_multi_perform(multi, &active);
            finish_done();
            curl_multi_poll(multi, nullptr, 0, 1'000, nullptr);
        }
        for (auto& [easy, transfer] : running) {
            curl_multi_remove_handle(multi, easy);
            transfer->complete(stopped());
        }
        running.clear();
        for (auto& transfer : waiting) transfer->complete(stopped());
        waiting.clear();
    }
    static Result stopped() { return fail(ErrorKind::unavailable, "http_stopped", "The program is stopping."); }

    bool take_waiting() {
        while (running.size() < options.most_at_once) {
            std::unique_ptr<Transfer> next;
            {
                std::lock_guard const lock(mutex);
                if (stopping) return false;
                if (waiting.empty()) return true;
                next = std::move(waiting.front());
                waiting.pop_front();
            }
            begin(std::move(next));
        }
        std::lock_guard const lock(mutex);
        return !stopping;
    }

    bool is_allowed(CURLU* url) const {
        auto const host = part_of(url, CURLUPART_HOST), with_port = host + ':' + part_of(url, CURLUPART_PORT);
        return std::any_of(options.allowed_private.begin(), options.allowed_private.end(),
                           [&](std::string const& allowed) {
                               return equal_without_case(allowed, host) || equal_without_case(allowed, with_port);
                           });
    }

    void begin(std::unique_ptr<Transfer> transfer) {
        std::unique_ptr<CURLU, UrlDelete> const url(curl_url());
        auto const& request = transfer->request;
        bool const parsed =
            curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), CURLU_DISALLOW_USER) == CURLUE_OK;
        auto const scheme = part_of(url.get(), CURLUPART_SCHEME);
        if (!parsed || (scheme != "http" && scheme != "https")) {
            transfer->complete(fail(ErrorKind::invalid, "http_bad_url", "Not an http or https address."));
            return;
        }
        transfer->allowed_private = is_allowed(url.get());
        transfer->easy.reset(curl_easy_init());
        CURL* const easy = transfer->easy.get();
        curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
        if (!request.connect_to.empty()) {
            transfer->connect_to = curl_slist_append(nullptr, ("::" + request.connect_to).c_str());
            curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect_to);
        }
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");  // nothing from the environment
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer.get());
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_field);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!options.certificate_authorities.empty())
            curl_easy_setopt(easy, CURLOPT_CAINFO, options.certificate_authorities.c_str());
        for (std::size_t i = 0; i < request.headers.size(); ++i) {
            auto const field = request.headers[i];
            transfer->fields = curl_slist_append(transfer->fields,
                                                 (std::string(field.name) + ": " + std::string(field.value)).c_str());
        }
        transfer->fields = curl_slist_append(transfer->fields, "Expect:");
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->fields);
        set_method(easy, request);
        curl_multi_add_handle(multi, easy);
        running.emplace(easy, std::move(transfer));
    }

    void finish_done() {
        int left = 0;
        while (auto* message = curl_multi_info_read(multi, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL* const easy = message->easy_handle;
            CURLcode const code = message->data.result;
            curl_multi_remove_handle(multi, easy);
            auto const found = running.find(easy);
            auto transfer = std::move(found->second);
            running.erase(found);
            if (code != CURLE_OK) {
                transfer->complete(fail(error_of(*transfer, code)));
                continue;
            }
            long status = 0;
            char* address = nullptr;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address)
                transfer->reply.address = address;
            transfer->reply.status = static_cast<int>(status);
            if (!follow(*transfer)) transfer->complete(std::move(transfer->reply));
        }
    }

    // A redirect is a new request, whose host is judged anew. Only what changes nothing is followed.
    bool follow(Transfer& transfer) {
        auto& request = transfer.request;
        bool const redirect =
            transfer.reply.status >= 301 && transfer.reply.status <= 308 && transfer.reply.status != 304;
        std::string const location(transfer.reply.headers.find("Location"));
        if (!redirect || request.redirects <= 0 || location.empty() ||
            (request.method != "GET" && request.method != "HEAD"))
            return false;
        std::unique_ptr<CURLU, UrlDelete> const url(curl_url());
        curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0);
        auto const before = part_of(url.get(), CURLUPART_HOST);
        if (curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) return false;
        auto next = std::make_unique<Transfer>(std::move(request), std::move(transfer.complete));
        next->request.url = part_of(url.get(), CURLUPART_URL);
        --next->request.redirects;
        next->request.connect_to.clear();
        if (part_of(url.get(), CURLUPART_HOST) != before)
            next->request.headers = {};  // credentials stay with their host
        begin(std::move(next));
        return true;
    }
};

HttpClient::HttpClient(HttpClientOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
HttpClient::~HttpClient() { impl_->stop(); }
void HttpClient::stop() { impl_->stop(); }

Task<Expected<HttpReply>> HttpClient::send(HttpRequest request) {
    auto const impl = impl_;
    auto shared = std::make_shared<HttpRequest>(std::move(request));
    constexpr asio::use_awaitable_t<Executor> token{};
    co_return co_await asio::async_initiate<asio::use_awaitable_t<Executor> const, void(Result)>(
        [](auto handler, Impl* client, std::shared_ptr<HttpRequest> what) {
            auto const executor = asio::get_associated_executor(handler);
            auto work = asio::make_work_guard(executor);
            auto kept = std::make_shared<decltype(handler)>(std::move(handler));
            Complete complete = [kept, work = std::move(work), executor](Result result) mutable {
                asio::post(executor, [kept = std::move(kept), result = std::move(result)]() mutable {
                    std::move (*kept)(std::move(result));
                });
                work.reset();
            };
            client->submit(std::make_unique<Transfer>(std::move(*what), std::move(complete)));
        },
        token, impl.get(), shared);
}

Expected<HttpReply> HttpClient::send_now(HttpRequest request) {
    auto promise = std::make_shared<std::promise<Result>>();
    auto future = promise->get_future();
    impl_->submit(std::make_unique<Transfer>(std::move(request),
                                             [promise](Result result) { promise->set_value(std::move(result)); }));
    return future.get();
}

}  // namespace rapport::net
