// `rapport send`: a delivery through a server's API.
#include <cstdio>
#include <filesystem>

#include "app/command.hpp"
#include "app/remote.hpp"
#include "base/crypto.hpp"
#include "net/static_files.hpp"

namespace rapport::app {
namespace {

constexpr std::size_t most_file_bytes = 50 << 20;

Expected<json::Object> body_of(Arguments const& arguments) {
    json::Object body{{"kind", arguments.has("plain") ? "plain" : "registered"}};
    boost::json::array recipients;
    for (auto const& to : arguments.values("to")) recipients.push_back(json::Object{{"email", to}});
    if (recipients.empty()) return wrong_words("--to ADDRESS is needed.");
    if (recipients.size() == 1) {
        auto& recipient = recipients[0].as_object();
        if (auto const name = arguments.value("name")) recipient["name"] = *name;
        if (auto const second = arguments.value("second-email")) recipient["second_email"] = *second;
    } else if (arguments.value("name") || arguments.value("second-email")) {
        return wrong_words("--name and --second-email go with a single --to.");
    }
    body["recipients"] = std::move(recipients);
    if (!arguments.value("subject")) return wrong_words("--subject TEXT is needed.");
    body["subject"] = *arguments.value("subject");
    std::string text = arguments.value("text").value_or("");
    if (auto const file = arguments.value("text-file")) {
        auto bytes = read_file(*file, most_file_bytes);
        if (!bytes) return fail(bytes.error());
        text = std::move(*bytes);
    }
    body["text"] = text;
    boost::json::array files;
    for (auto const& path : arguments.values("file")) {
        auto bytes = read_file(path, most_file_bytes);
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

}  // namespace

int send(Words const& words) {
    auto const arguments = Arguments::parse(
        words, Remote::with_server({{"to", "name", "second-email", "subject", "text", "text-file", "file", "locale",
                                     "assurance", "accept-until", "reference", "idempotency-key"},
                                    {"plain", "json"}}));
    if (!arguments) return refuse(arguments.error());
    auto remote = Remote::of(*arguments);
    if (!remote) return refuse(remote.error());
    auto const body = body_of(*arguments);
    if (!body) return refuse(body.error());
    // A second try after a lost answer must not send twice: one key for this call, and for --idempotency-key for ever.
    auto const reply = remote->call({.method = "POST",
                                     .path = "/v1/deliveries",
                                     .body = json::encode(*body),
                                     .idempotency_key = arguments->value("idempotency-key").value_or(random_token())});
    if (!reply) return refuse(reply.error());
    if (arguments->has("json")) {
        std::printf("%s\n", reply->c_str());
        return 0;
    }
    auto const answer = json::parse(*reply);
    if (!answer || !answer->is_object() || !answer->get_object().contains("deliveries"))
        return refuse(Error{ErrorKind::invalid, "bad_answer", "The server's answer was not understood.", {}});
    for (auto const& one : answer->at("deliveries").as_array())
        std::printf("%s %s\n", one.at("id").as_string().c_str(), one.at("state").as_string().c_str());
    return 0;
}

}  // namespace rapport::app
