// The OpenAPI 3.1 document, printed from the route table. Pages and files are in it too: a client may need them.
#include "net/any_site.hpp"
#include "net/route.hpp"

namespace rapport::net {

namespace {

using json::Object;
using Array = boost::json::array;

// "{path...}" is "{path}" in OpenAPI. Collects the names.
std::string plain_path(std::string_view path, std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '{') {
            out += path[i];
            continue;
        }
        auto const end = path.find('}', i);
        std::string name(path.substr(i + 1, end - i - 1));
        if (name.ends_with("...")) name.resize(name.size() - 3);
        out += '{' + name + '}';
        names.push_back(std::move(name));
        i = end;
    }
    return out;
}

// "get" + "/v1/deliveries/{id}" → "get_v1_deliveries_id"
std::string operation_id(Method method, std::string_view path) {
    std::string out;
    for (char c : to_text(method)) out += static_cast<char>(c + 32);
    for (char c : path) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter)
            out += c;
        else if (!out.ends_with('_'))
            out += '_';
    }
    while (out.ends_with('_')) out.pop_back();
    return out;
}

Object problem_schema() {
    Object field{
        {"type", "object"},
        {"properties", Object{{"pointer", Object{{"type", "string"}, {"description", "JSON Pointer into the request"}}},
                              {"rule", Object{{"type", "string"}}},
                              {"fix", Object{{"type", "string"}}},
                              {"code", Object{{"type", "string"}, {"description", "of the rule, for programs"}}},
                              {"values", Object{{"type", "array"},
                                                {"items", Object{{"type", "string"}}},
                                                {"description", "what differs in the rule"}}}}},
        {"required", Array{"pointer", "rule", "fix", "code", "values"}}};
    return {{"type", "object"},
            {"description", "RFC 9457 problem details"},
            {"properties", Object{{"type", Object{{"type", "string"}, {"format", "uri"}}},
                                  {"title", Object{{"type", "string"}}},
                                  {"status", Object{{"type", "integer"}}},
                                  {"detail", Object{{"type", "string"}}},
                                  {"code", Object{{"type", "string"}, {"description", "stable, for programs"}}},
                                  {"fields", Object{{"type", "array"}, {"items", field}}},
                                  {"retry_after_s", Object{{"type", "integer"}}},
                                  {"request_id", Object{{"type", "string"}}}}},
            {"required", Array{"type", "title", "status", "detail", "code"}}};
}

std::string_view content_type_of(Kind kind) {
    switch (kind) {
        case Kind::page:
            return "text/html";
        case Kind::stream:
            return "text/event-stream";
        default:
            return "application/octet-stream";
    }
}

Array parameters_of(Documentation const& doc, std::vector<std::string> const& names) {
    Array out;
    for (std::size_t i = 0; i < names.size(); ++i)
        out.push_back(Object{{"name", names[i]}, {"in", "path"}, {"required", true}, {"schema", doc.path_schemas[i]}});
    for (auto const& q : doc.query)
        out.push_back(Object{{"name", q.name}, {"in", "query"}, {"required", q.required}, {"schema", q.schema}});
    return out;
}

Object responses_of(Route const& route, Documentation const& doc) {
    Object good{{"description", std::string(reason_phrase(doc.status))}};
    if (!doc.reply.empty())
        good["content"] = Object{{"application/json", Object{{"schema", doc.reply}}}};
    else if (doc.status == 200)
        good["content"] = Object{{content_type_of(route.options.kind), Object{}}};
    return {{std::to_string(doc.status), good}, {"default", Object{{"$ref", "#/components/responses/Problem"}}}};
}

void add_body(Object& operation, Route const& route, Documentation const& doc) {
    Object content;
    if (!doc.body.empty()) content["application/json"] = Object{{"schema", doc.body}};
    if (!doc.form.empty()) content["application/x-www-form-urlencoded"] = Object{{"schema", doc.form}};
    bool const takes_bytes = route.options.kind == Kind::upload || route.options.kind == Kind::receive;
    for (auto const& type : route.options.accepts)
        if (takes_bytes) content[type] = Object{};
    if (takes_bytes && content.empty()) content["application/octet-stream"] = Object{};
    if (content.empty()) return;
    operation["requestBody"] = Object{{"required", true}, {"content", content}};
    operation["x-body-limit"] = body_limit_of(route);
}

}  // namespace

json::Object openapi(Routes const& routes, ApiInfo const& info) {
    Object schemas, paths;
    schemas["Problem"] = problem_schema();
    for (auto const& route : routes.rows()) {
        Documentation doc;
        route.document(schemas, doc);
        std::vector<std::string> names;
        std::string const path = plain_path(route.path, names);
        std::string method(to_text(route.method));
        for (char& c : method) c = static_cast<char>(c + 32);
        Object operation{{"operationId", operation_id(route.method, route.path)},
                         {"summary", route.summary},
                         {"x-permission", route.permission.name},
                         {"responses", responses_of(route, doc)}};
        if (auto parameters = parameters_of(doc, names); !parameters.empty())
            operation["parameters"] = std::move(parameters);
        add_body(operation, route, doc);
        if (route.permission == anyone || route.permission == any_site) operation["security"] = Array{};
        auto& item = paths[path];
        if (!item.is_object()) item = Object{};
        item.get_object()[method] = std::move(operation);
    }
    Object problem_response{
        {"description", "What is wrong and what to do"},
        {"content",
         Object{{"application/problem+json", Object{{"schema", Object{{"$ref", "#/components/schemas/Problem"}}}}}}}};
    Object schemes{{"api_key", Object{{"type", "http"}, {"scheme", "bearer"}, {"description", "an API key, rk_…"}}},
                   {"session", Object{{"type", "apiKey"}, {"in", "cookie"}, {"name", "rapport_session"}}}};
    return {{"openapi", "3.1.0"},
            {"info", Object{{"title", info.title}, {"version", info.version}, {"description", info.description}}},
            {"paths", paths},
            {"components", Object{{"schemas", schemas},
                                  {"responses", Object{{"Problem", problem_response}}},
                                  {"securitySchemes", schemes}}},
            {"security", Array{Object{{"api_key", Array{}}}, Object{{"session", Array{}}}}}};
}

}  // namespace rapport::net
