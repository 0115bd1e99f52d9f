// What a handler returns: Expected of one of these, of a described struct (200), of a Response, or of nothing (204).
#pragma once

#include "base/json.hpp"
#include "net/response.hpp"

namespace rapport::net {

template <int Status, class T>
struct JsonReply {
    static constexpr int status = Status;
    using Value = T;
    T value;
    Headers headers = {};
    explicit JsonReply(T v, Headers h = {}) : value(std::move(v)), headers(std::move(h)) {}
};

template <class T>
struct Ok : JsonReply<200, T> {
    using JsonReply<200, T>::JsonReply;
};
template <class T>
Ok(T) -> Ok<T>;
template <class T>
Ok(T, Headers) -> Ok<T>;

template <class T>
struct Created : JsonReply<201, T> {
    using JsonReply<201, T>::JsonReply;
};
template <class T>
Created(T) -> Created<T>;
template <class T>
Created(T, Headers) -> Created<T>;

template <class T>
struct Accepted : JsonReply<202, T> {
    using JsonReply<202, T>::JsonReply;
};
template <class T>
Accepted(T) -> Accepted<T>;
template <class T>
Accepted(T, Headers) -> Accepted<T>;

template <class T>
using Reply = Ok<T>;

struct NoContent {};

// The list form: {"items": […], "next": "…"}; `next` is absent on the last page.
template <class T>
struct Page {
    std::vector<T> items;
    std::optional<std::string> next = {};
    BOOST_DESCRIBE_CLASS(Page, (), (items, next), (), ())
};

// ---- how net treats them
template <class T>
concept IsJsonReply = requires {
    typename T::Value;
    T::status;
};

template <class T>
struct ReplyOf {  // a described struct, a Page
    static constexpr int status = 200;
    using Json = T;
    static Response respond(T&& value) { return json_response(200, json::encode(value)); }
};
template <IsJsonReply T>
struct ReplyOf<T> {
    static constexpr int status = T::status;
    using Json = typename T::Value;
    static Response respond(T&& reply) {
        Response response = json_response(T::status, json::encode(reply.value));
        for (std::size_t i = 0; i < reply.headers.size(); ++i)
            response.headers.add(reply.headers[i].name, reply.headers[i].value);
        return response;
    }
};
template <>
struct ReplyOf<Response> {
    static constexpr int status = 200;
    using Json = void;
    static Response respond(Response&& response) { return std::move(response); }
};
template <>
struct ReplyOf<NoContent> {
    static constexpr int status = 204;
    using Json = void;
    static Response respond(NoContent) { return no_content(); }
};

}  // namespace rapport::net

template <class T>
struct rapport::json::SchemaName<rapport::net::Page<T>> {
    static std::string name() { return "PageOf" + SchemaName<T>::name(); }
};
