// One row of the route table, and the table. Rows are made by get(), post() … in net.hpp.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "net/request.hpp"
#include "net/response.hpp"

namespace rapport::net {

enum class Kind : std::uint8_t {
    json,     // JSON in and out
    upload,   // the body is taken as it comes
    receive,  // the same, read by the handler while it arrives (body_stream.hpp)
    page,     // HTML for people; forms are checked for their origin
    file,     // bytes out: downloads, static files, machine formats
    stream,   // server-sent events
};

// Nothing here means: as the kind has it.
struct RouteOptions {
    Kind kind = Kind::json;
    std::size_t body_limit = 0;         // octets; json 1 MiB, upload 25 MiB, page 64 KiB, file 64 KiB
    bool secret_path = false;           // the path holds a token: it is never logged
    bool compress = true;               // pages and secret paths are not compressed, whatever stands here (BREACH)
    std::chrono::seconds deadline{30};  // of the handler
    std::chrono::seconds body_deadline{120};  // of the body, which must also keep its least rate
    std::vector<std::string> accepts = {};    // media types of a body; empty: json → application/json, others → any
    // What people are shown in place of a problem document (status and Retry-After stay); none: the document.
    std::function<Response(Request const&, Response const& problem)> problem_page = {};
};

// For the OpenAPI document.
struct Documentation {
    struct Parameter {
        std::string name;
        json::Object schema;
        bool required = false;
    };
    std::vector<json::Object> path_schemas;  // in the order of the template
    std::vector<Parameter> query;
    json::Object body;   // empty: none
    json::Object form;   // empty: none
    json::Object reply;  // empty: not JSON
    int status = 200;
};

struct Route {
    Method method;
    std::string path;  // "/v1/deliveries/{id}", "/console/{path...}"
    Permission permission;
    std::string summary;
    RouteOptions options;
    std::function<Task<Response>(Request&)> run;
    std::function<void(json::Object& components, Documentation& out)> document;
};

std::size_t body_limit_of(Route const& route);
std::string_view to_text(Kind kind);

// Modules export `net::Routes routes(X&)`; the app adds them up.
class Routes {
  public:
    Routes() = default;
    Routes(std::initializer_list<Route> rows) : rows_(rows) {}
    Routes& add(Route row) {
        rows_.push_back(std::move(row));
        return *this;
    }
    Routes& add(Routes other) {
        for (auto& row : other.rows_) rows_.push_back(std::move(row));
        return *this;
    }
    std::vector<Route> const& rows() const { return rows_; }

  private:
    std::vector<Route> rows_;
};

// ---- printed from the table
struct ApiInfo {
    std::string title = "Rapport";
    std::string version = "0.1.0";
    std::string description = {};
};
json::Object openapi(Routes const& routes, ApiInfo const& info);  // OpenAPI 3.1
std::string routes_as_markdown(Routes const& routes);             // a table for docs/
json::Object routes_as_json(Routes const& routes);

}  // namespace rapport::net
