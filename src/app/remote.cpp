// Calls of a server's API from the command line.
#include "app/remote.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rapport::app {
namespace {

constexpr std::size_t most_key_bytes = 4 << 10;

Expected<std::string> api_key(Arguments const& arguments) {
    if (auto const file = arguments.value("key-file")) {
        auto bytes = read_file(*file, most_key_bytes);
        if (!bytes) return fail(bytes.error());
        return std::string(trimmed(*bytes));
    }
    if (char const* key = std::getenv("RAPPORT_API_KEY")) return std::string(key);
    return wrong_words(
        "An API key is needed: set RAPPORT_API_KEY, or give --key-file. `rapport user api-key` makes one.");
}

// A reply that is not 2xx, in words.
Error refusal(net::HttpReply const& reply) {
    constexpr int later = 503;
    auto const kind = reply.status == later ? ErrorKind::unavailable : ErrorKind::invalid;
    Error error{kind, "refused", "The server answered " + std::to_string(reply.status) + ".", {}};
    auto const problem = json::parse(reply.body);
    if (!problem || !problem->is_object()) return error;
    auto const& object = problem->get_object();
    if (auto const* detail = object.if_contains("detail"); detail && detail->is_string())
        error.text = detail->get_string();
    auto const* fields = object.if_contains("fields");
    if (!fields || !fields->is_array()) return error;
    for (auto const& field : fields->get_array())
        if (auto read = json::decode_value<json::Object>(field)) {
            auto const text = [&](char const* name) {
                auto const* value = read->if_contains(name);
                return value && value->is_string() ? std::string(value->get_string()) : std::string();
            };
            error.fields.push_back({text("pointer"), text("rule"), text("fix")});
        }
    return error;
}

}  // namespace

std::unexpected<Error> wrong_words(std::string text) {
    return fail(ErrorKind::invalid, "bad_arguments", std::move(text));
}

Expected<Bytes> read_file(std::string const& path, std::size_t most_bytes) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(ErrorKind::invalid, "file_unreadable", path + " cannot be read.");
    Bytes bytes;
    char piece[64 << 10];
    while (in.read(piece, sizeof piece), in.gcount() > 0) {
        bytes.append(piece, static_cast<std::size_t>(in.gcount()));
        if (bytes.size() > most_bytes)
            return fail(ErrorKind::too_large, "file_too_large",
                        path + " is larger than " + std::to_string(most_bytes >> 20) + " MiB.");
    }
    if (in.bad() || !in.eof()) return fail(ErrorKind::invalid, "file_unreadable", path + " cannot be read.");
    return bytes;
}

std::string in_query(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF",
                               plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (char const c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        auto const octet = static_cast<unsigned char>(c);
        out += {'%', digits[octet >> 4], digits[octet & 15]};
    }
    return out;
}

Grammar Remote::with_server(Grammar grammar) {
    grammar.valued.insert(grammar.valued.end(), {"server", "key-file"});
    return grammar;
}

Remote::Remote(std::string server, std::string key) : server_(std::move(server)), key_(std::move(key)) {
    auto const scheme = server_.find("://");
    auto const host = server_.substr(scheme == std::string::npos ? 0 : scheme + 3);
    client_ =
        std::make_unique<net::HttpClient>(net::HttpClientOptions{.allowed_private = {host.substr(0, host.find('/'))}});
}

Expected<Remote> Remote::of(Arguments const& arguments) {
    auto key = api_key(arguments);
    if (!key) return fail(key.error());
    auto server = arguments.value("server").value_or("http://localhost:8080");
    while (server.ends_with('/')) server.pop_back();
    return Remote(std::move(server), std::move(*key));
}

Expected<std::string> Remote::call(Call call) {
    net::HttpRequest request;
    request.method = call.method;
    request.url = server_ + call.path;
    request.headers.add("Authorization", "Bearer " + key_);
    if (call.method != "GET") request.headers.add("Content-Type", call.content_type);
    if (!call.idempotency_key.empty()) request.headers.add("Idempotency-Key", call.idempotency_key);
    request.body = std::move(call.body);
    request.timeout = call.timeout;
    request.response_limit = call.response_limit;
    bool const may_repeat = call.method == "GET" || !call.idempotency_key.empty();
    auto reply = client_->send_now(request);
    if (!reply && may_repeat && reply.error().kind == ErrorKind::unavailable) reply = client_->send_now(request);
    if (!reply) return fail(reply.error());
    if (reply->status / 100 != 2) return fail(refusal(*reply));
    return std::move(reply->body);
}

}  // namespace rapport::app
