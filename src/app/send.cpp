// `rapport send`: a delivery through a server's API. The key stands in RAPPORT_API_KEY or a file, never on the command
// line, where other users of the machine could read it.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "app/command.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "net/client.hpp"
#include "net/static_files.hpp"

namespace rapport::app {
namespace {

constexpr std::size_t most_file_bytes = 50 << 20;

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "bad_arguments", std::move(text)); }

Expected<Bytes> read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(ErrorKind::invalid, "file_unreadable", path + " cannot be read.");
    Bytes bytes(std::istreambuf_iterator<char>(in), {});
    if (bytes.size() > most_file_bytes)
        return fail(ErrorKind::too_large, "file_too_large", path + " is larger than 50 MiB.");
    return bytes;
}

Expected<std::string> api_key(Arguments const& arguments) {
    if (auto const file = arguments.value("key-file")) {
        auto bytes = read_file(*file);
        if (!bytes) return fail(bytes.error());
        return std::string(trimmed(*bytes));
    }
    if (char const* key = std::getenv("RAPPORT_API_KEY")) return std::string(key);
    return wrong("An API key is needed: set RAPPORT_API_KEY, or give --key-file. `rapport user api-key` makes one.");
}

Expected<json::Object> body_of(Arguments const& arguments) {
    json::Object body{{"kind", arguments.has("plain") ? "plain" : "registered"}};
    boost::json::array recipients;
    for (auto const& to : arguments.values("to")) recipients.push_back(json::Object{{"email", to}});
    if (recipients.empty()) return wrong("--to ADDRESS is needed.");
    if (recipients.size() == 1) {
        auto& recipient = recipients[0].as_object();
        if (auto const name = arguments.value("name")) recipient["name"] = *name;
        if (auto const second = arguments.value("second-email")) recipient["second_email"] = *second;
    } else if (arguments.value("name") || arguments.value("second-email")) {
        return wrong("--name and --second-email go with a single --to.");
    }
    body["recipients"] = std::move(recipients);
    if (!arguments.value("subject")) return wrong("--subject TEXT is needed.");
    body["subject"] = *arguments.value("subject");
    std::string text = arguments.value("text").value_or("");
    if (auto const file = arguments.value("text-file")) {
        auto bytes = read_file(*file);
        if (!bytes) return fail(bytes.error());
        text = std::move(*bytes);
    }
    body["text"] = text;
    boost::json::array files;
    for (auto const& path : arguments.values("file")) {
        auto bytes = read_file(path);
        if (!bytes) return fail(bytes.error());
        files.push_back(json::Object{{"name", std::filesystem::path(path).filename().string()},
                                     {"media_type", net::content_type_of_name(path)},
                                     {"data", to_base64(*bytes)}});
    }
    if (!files.empty()) body["files"] = std::move(files);
    for (auto const* name : {"locale", "assurance", "accept-until", "reference"})
        if (auto const value = arguments.value(name))
            body[name == std::string("accept-until") ? "accept_until" : name] = *value;
    return body;
}

// A reply that is not 2xx, in words.
Error refusal(net::HttpReply const& reply) {
    Error error{ErrorKind::invalid, "refused", "The server answered " + std::to_string(reply.status) + ".", {}};
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

int send(Words const& words) {
    auto const arguments =
        Arguments::parse(words, {{"server", "key-file", "to", "name", "second-email", "subject", "text", "text-file",
                                  "file", "locale", "assurance", "accept-until", "reference", "idempotency-key"},
                                 {"plain", "json"}});
    if (!arguments) return refuse(arguments.error());
    auto const key = api_key(*arguments);
    if (!key) return refuse(key.error());
    auto const body = body_of(*arguments);
    if (!body) return refuse(body.error());

    net::HttpRequest request;
    request.method = "POST";
    auto const server = arguments->value("server").value_or("http://localhost:8080");
    request.url = server + "/v1/deliveries";
    request.headers.add("Authorization", "Bearer " + *key);
    request.headers.add("Content-Type", "application/json");
    // A second try after a lost answer must not send twice: one key for this call, and for --idempotency-key for ever.
    request.headers.add("Idempotency-Key", arguments->value("idempotency-key").value_or(random_token()));
    request.body = json::encode(*body);

    auto const host = server.substr(server.find("://") == std::string::npos ? 0 : server.find("://") + 3);
    net::HttpClient client({.allowed_private = {host.substr(0, host.find('/'))}});
    auto reply = client.send_now(request);
    if (!reply && reply.error().kind == ErrorKind::unavailable) reply = client.send_now(request);
    if (!reply) return refuse(reply.error());
    if (reply->status / 100 != 2) return refuse(refusal(*reply));
    if (arguments->has("json")) {
        std::printf("%s\n", reply->body.c_str());
        return 0;
    }
    auto const answer = json::parse(reply->body);
    if (!answer || !answer->is_object() || !answer->get_object().contains("deliveries"))
        return refuse(Error{ErrorKind::invalid, "bad_answer", "The server's answer was not understood.", {}});
    for (auto const& one : answer->at("deliveries").as_array())
        std::printf("%s %s\n", one.at("id").as_string().c_str(), one.at("state").as_string().c_str());
    return 0;
}

}  // namespace rapport::app
