// The public header of net for modules: how routes and handlers are written. (Servers: net/server.hpp; outgoing
// requests: net/client.hpp; jobs: net/task_group.hpp; event streams: net/event_stream.hpp; throttles:
// net/throttle.hpp.)
//
//   Task<Expected<Ok<Delivery>>> find(Deliveries& deliveries, Request& request, DeliveryId id);
//   Task<Expected<Accepted<Submitted>>> submit(Deliveries& deliveries, Request& request, Body<NewDelivery> body);
//
//   Routes routes(Deliveries& deliveries) {
//       return {
//           get<"/v1/deliveries/{id}">(may_read_deliveries, "One delivery", with(deliveries, find)),
//           post<"/v1/deliveries">(may_send, "Submit a delivery", with(deliveries, submit), {.body_limit = 32 << 20}),
//       };
//   }
//
// A handler's parameters are found at compile time: Request&, EventStream& (makes the route a stream), BodyStream&
// (makes it one that reads its body as it arrives), Body<T> (JSON), Query<T> and Form<T> (described structs), and for
// anything else the path's parameters in order, by from_text(). It returns Task<Expected<X>>: see reply.hpp.
#pragma once

#include <boost/mp11/list.hpp>

#include <charconv>
#include <tuple>

#include "net/body_stream.hpp"
#include "net/event_stream.hpp"
#include "net/reply.hpp"
#include "net/request.hpp"
#include "net/response.hpp"
#include "net/route.hpp"
#include "net/viewer.hpp"

namespace rapport::net {

// The decoded JSON body: 415 for another media type, 400 for bad syntax, 422 with the fields that are wrong.
template <class T>
struct Body {
    T value;
    T* operator->() { return &value; }
    T& operator*() { return value; }
};
// The query parameters. A parameter that is not given leaves its member as the struct initialises it; unknown ones are
// errors.
template <class T>
struct Query {
    T value;
    T* operator->() { return &value; }
    T& operator*() { return value; }
};
// The fields of an HTML form, urlencoded or multipart/form-data (no files: see forms.hpp). Unknown fields are ignored.
template <class T>
struct Form {
    T value;
    T* operator->() { return &value; }
    T& operator*() { return value; }
};

// Gives a free function its module as the first argument. The module outlives the server.
template <class X, class R, class... A>
struct With {
    X* x;
    R (*function)(X&, A...);
    R operator()(A... a) const { return function(*x, std::forward<A>(a)...); }
};
template <class X, class R, class... A>
With<X, R, A...> with(std::type_identity_t<X>& x, R (*function)(X&, A...)) {
    return {&x, function};
}

namespace detail {

template <std::size_t N>
struct PathText {
    char text[N]{};
    consteval PathText(char const (&t)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = t[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
    consteval std::size_t parameters() const {
        std::size_t n = 0;
        for (char c : view()) n += c == '{';
        return n;
    }
    consteval bool well_formed() const {
        if (view().empty() || view()[0] != '/' || view().find("//") != std::string_view::npos) return false;
        bool open = false;
        for (std::size_t i = 0; i < view().size(); ++i) {
            char const c = view()[i];
            if (c == '{' && (open || view()[i - 1] != '/')) return false;
            if (c == '}' && (!open || (i + 1 < view().size() && view()[i + 1] != '/'))) return false;
            if (c == '{') open = true;
            if (c == '}') open = false;
        }
        return !open;
    }
};

template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
    using Result = R;
    using Arguments = boost::mp11::mp_list<A...>;
};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};

template <class T>
struct TaskResult;
template <class T>
struct TaskResult<Task<T>> {
    using Type = T;
};
template <class T>
inline constexpr bool is_expected = false;
template <class T>
inline constexpr bool is_expected<std::expected<T, Error>> = true;

// Texts → values of a path parameter.
template <class T>
bool parameter_from(std::string_view text, T& out) {
    if constexpr (std::is_same_v<T, std::string>) {
        out = text;
        return true;
    } else if constexpr (std::is_integral_v<T>) {
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        return error == std::errc() && end == text.data() + text.size() && !text.empty();
    } else if constexpr (json::DescribedEnum<T>) {
        auto const found = json::enum_from<T>(text);
        if (found) out = *found;
        return found.has_value();
    } else {
        return from_text(text, out);
    }
}

// Fields of a query or form → a described struct. `strict` refuses unknown names and demands nothing; a form demands
// every member that is not an optional or a vector.
using Fields = std::vector<std::pair<std::string, std::string>>;
json::Value field_value(std::string_view text, bool is_bool, bool is_number);
Expected<Fields> form_fields(Request const& request);
Expected<> check_json_type(Request const& request);

template <class T>
void read_field(std::string const& text, T& member, json::Findings& findings) {
    if constexpr (json::is_optional<T>) {
        // An empty form or query field says nothing, unless it is free text.
        if (text.empty() && !std::is_same_v<typename T::value_type, std::string>) return;
        read_field(text, member.emplace(), findings);
    } else if constexpr (json::is_vector<T>) {
        typename T::value_type item{};
        read_field(text, item, findings);
        member.push_back(std::move(item));
    } else {
        json::Value const value = field_value(text, std::is_same_v<T, bool>, std::is_arithmetic_v<T>);
        json::read(value, member, findings);
    }
}

template <class T>
Expected<T> read_fields(Fields const& fields, bool is_form) {
    static_assert(json::DescribedStruct<T>, "Query<T> and Form<T> take a described struct");
    T out{};
    json::Findings findings;
    for (auto const& [name, text] : fields) {
        bool known = is_form;
        json::for_each_member<T>([&](std::string_view member, auto pointer) {
            if (member != name) return;
            known = true;
            findings.push(member);
            read_field(text, out.*pointer, findings);
            findings.pop();
        });
        if (known) continue;
        findings.push(name);
        findings.add("is not known here", "remove it, or see the API reference for the right name");
        findings.pop();
    }
    if (is_form) {
        json::for_each_member<T>([&](std::string_view member, auto pointer) {
            using Member = std::remove_cvref_t<decltype(out.*pointer)>;
            if (json::may_be_absent<Member> || std::is_same_v<Member, bool>) return;  // an unticked box is not sent
            for (auto const& field : fields)
                if (field.first == member) return;
            findings.push(member);
            findings.add("is required", "fill it in");
            findings.pop();
        });
    }
    if (findings.empty()) return out;
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.", findings.take());
}

// Each kind of parameter: how it is taken from the request, and how it is documented.
template <class T>
struct Parameter {  // of the path
    static constexpr bool of_path = true, of_stream = false;
    static Expected<T> take(Request& request, std::size_t index) {
        T out{};
        if (parameter_from(request.parameters()[index], out)) return out;
        return fail(ErrorKind::not_found, "not_found", "There is nothing at this address.");
    }
    static void document(json::Object& components, Documentation& out) {
        out.path_schemas.push_back(json::schema<T>(components));
    }
};
template <class T>
struct Parameter<Body<T>> {
    static constexpr bool of_path = false, of_stream = false;
    static Expected<Body<T>> take(Request& request, std::size_t) {
        if (auto checked = check_json_type(request); !checked) return std::unexpected(std::move(checked.error()));
        auto value = json::decode<T>(request.body());
        if (!value) return std::unexpected(std::move(value.error()));
        return Body<T>{std::move(*value)};
    }
    static void document(json::Object& components, Documentation& out) { out.body = json::schema<T>(components); }
};
template <class T>
struct Parameter<Query<T>> {
    static constexpr bool of_path = false, of_stream = false;
    static Expected<Query<T>> take(Request& request, std::size_t) {
        auto value = read_fields<T>(request.query_all(), false);
        if (!value) return std::unexpected(std::move(value.error()));
        return Query<T>{std::move(*value)};
    }
    static void document(json::Object& components, Documentation& out) {
        json::for_each_member<T>([&](std::string_view member, auto pointer) {
            using Member = std::remove_cvref_t<decltype(std::declval<T&>().*pointer)>;
            out.query.push_back({std::string(member), json::schema<Member>(components), false});
        });
    }
};
template <class T>
struct Parameter<Form<T>> {
    static constexpr bool of_path = false, of_stream = false;
    static Expected<Form<T>> take(Request& request, std::size_t) {
        auto fields = form_fields(request);
        if (!fields) return std::unexpected(std::move(fields.error()));
        auto value = read_fields<T>(*fields, true);
        if (!value) return std::unexpected(std::move(value.error()));
        return Form<T>{std::move(*value)};
    }
    static void document(json::Object& components, Documentation& out) { out.form = json::schema<T>(components); }
};
template <>
struct Parameter<Request> {
    static constexpr bool of_path = false, of_stream = false;
    static Expected<Request*> take(Request& request, std::size_t) { return &request; }
    static void document(json::Object&, Documentation&) {}
};
template <>
struct Parameter<EventStream> {
    static constexpr bool of_path = false, of_stream = true;
    static Expected<EventStream*> take(Request& request, std::size_t) { return request.stream; }
    static void document(json::Object&, Documentation&) {}
};
template <>
struct Parameter<BodyStream> {
    static constexpr bool of_path = false, of_stream = false;
    static Expected<BodyStream*> take(Request& request, std::size_t) { return request.body_stream; }
    static void document(json::Object&, Documentation&) {}
};

template <class A>
using ParameterOf = Parameter<std::remove_cvref_t<A>>;
template <class A>
using Taken = decltype(ParameterOf<A>::take(std::declval<Request&>(), 0));

template <class A, class T>
decltype(auto) give(T& taken) {
    if constexpr (std::is_pointer_v<typename T::value_type>)
        return static_cast<A>(**taken);
    else
        return static_cast<std::remove_cvref_t<A>&&>(*taken);
}

template <class List>
struct Count;
template <class... A>
struct Count<boost::mp11::mp_list<A...>> {
    static constexpr std::size_t of_path = (0 + ... + (ParameterOf<A>::of_path ? 1 : 0));
    static constexpr bool of_stream = (false || ... || ParameterOf<A>::of_stream);
    static constexpr bool of_body = (false || ... || std::is_same_v<std::remove_cvref_t<A>, BodyStream>);
    // Which parameter of the path the I-th argument is.
    static constexpr std::size_t index(std::size_t at) {
        bool const kinds[] = {ParameterOf<A>::of_path..., false};
        std::size_t n = 0;
        for (std::size_t i = 0; i < at; ++i) n += kinds[i];
        return n;
    }
};

template <class Result>
Response respond(Result&& result, Request const& request) {
    using R = std::remove_cvref_t<Result>;
    if constexpr (is_expected<R>) {
        if (!result) return problem(result.error(), request.id());
        if constexpr (std::is_void_v<typename R::value_type>)
            return no_content();
        else
            return ReplyOf<typename R::value_type>::respond(std::move(*result));
    } else {
        return ReplyOf<R>::respond(std::move(result));
    }
}

template <class F, class... A, std::size_t... I>
Task<Response> call(F const* handler, Request& request, boost::mp11::mp_list<A...>, std::index_sequence<I...>) {
    using List = boost::mp11::mp_list<A...>;
    std::tuple<Taken<A>...> taken{ParameterOf<A>::take(request, Count<List>::index(I))...};
    Error const* wrong = nullptr;
    ((!wrong && !std::get<I>(taken) ? void(wrong = &std::get<I>(taken).error()) : void()), ...);
    if (wrong) co_return problem(*wrong, request.id());
    auto task = (*handler)(give<A>(std::get<I>(taken))...);
    auto result = co_await std::move(task);
    co_return respond(std::move(result), request);
}

template <class Result>
struct ReplyType {
    using Type = ReplyOf<Result>;
};
template <class T>
struct ReplyType<std::expected<T, Error>> {
    using Type = ReplyOf<T>;
};
template <>
struct ReplyType<std::expected<void, Error>> {
    using Type = ReplyOf<NoContent>;
};

template <class Result, class... A>
void document(json::Object& components, Documentation& out, boost::mp11::mp_list<A...>) {
    (ParameterOf<A>::document(components, out), ...);
    using Reply = typename ReplyType<Result>::Type;
    out.status = Reply::status;
    if constexpr (!std::is_void_v<typename Reply::Json>) out.reply = json::schema<typename Reply::Json>(components);
}

template <PathText Path, class F>
Route row(Method method, Permission permission, std::string_view summary, F handler, RouteOptions options) {
    using S = Signature<F>;
    using List = typename S::Arguments;
    using Result = typename TaskResult<typename S::Result>::Type;
    constexpr std::size_t n = boost::mp11::mp_size<List>::value;
    static_assert(Path.well_formed(), "a path starts with '/', and its parameters are whole segments: /v1/things/{id}");
    static_assert(Count<List>::of_path == Path.parameters(),
                  "the path and the handler disagree in their number of parameters");
    if (Count<List>::of_stream) options.kind = Kind::stream;
    if (Count<List>::of_body) options.kind = Kind::receive;
    Route route{method, std::string(Path.view()), permission, std::string(summary), std::move(options), {}, {}};
    auto const kept = std::make_shared<F const>(std::move(handler));
    route.run = [kept](Request& request) -> Task<Response> {
        return call(kept.get(), request, List{}, std::make_index_sequence<n>{});
    };
    route.document = [](json::Object& components, Documentation& out) { document<Result>(components, out, List{}); };
    return route;
}

}  // namespace detail

// ---- the rows
template <detail::PathText Path, class F>
Route get(Permission permission, std::string_view summary, F handler, RouteOptions options = {}) {
    return detail::row<Path>(Method::get, permission, summary, std::move(handler), std::move(options));
}
template <detail::PathText Path, class F>
Route post(Permission permission, std::string_view summary, F handler, RouteOptions options = {}) {
    return detail::row<Path>(Method::post, permission, summary, std::move(handler), std::move(options));
}
template <detail::PathText Path, class F>
Route put(Permission permission, std::string_view summary, F handler, RouteOptions options = {}) {
    return detail::row<Path>(Method::put, permission, summary, std::move(handler), std::move(options));
}
template <detail::PathText Path, class F>
Route patch(Permission permission, std::string_view summary, F handler, RouteOptions options = {}) {
    return detail::row<Path>(Method::patch, permission, summary, std::move(handler), std::move(options));
}
template <detail::PathText Path, class F>
Route del(Permission permission, std::string_view summary, F handler, RouteOptions options = {}) {
    return detail::row<Path>(Method::delete_, permission, summary, std::move(handler), std::move(options));
}

}  // namespace rapport::net
