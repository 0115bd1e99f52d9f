// How C++ values and columns meet. Id and integers ↔ bigint; Time ↔ bigint microseconds; bool ↔ 0/1; described enums,
// EmailAddress, Locale, Text ↔ text by their wire names; std::string ↔ text; Blob and Digest ↔ blob; json::Object ↔
// json; std::optional ↔ NULL; a described struct ↔ a row, its members in the order of the selected columns.
#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <variant>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace rapport::store {

// Bytes to bind as a blob; columns of type blob are read into Blob or Bytes.
struct Blob {
    Bytes bytes;
    bool operator==(Blob const&) const = default;
};
struct BlobView {
    ByteView bytes;
};

using Param = std::variant<std::monostate, std::int64_t, double, std::string, std::string_view, BlobView>;

template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;

// Views keep pointing at the argument: it outlives the call that binds it.
template <class T>
Param to_param(T const& value) {
    if constexpr (json::is_optional<T>)
        return value ? to_param(*value) : Param{};
    else if constexpr (std::is_same_v<T, std::nullptr_t>)
        return Param{};
    else if constexpr (is_id<T>)
        return value.value;
    else if constexpr (std::is_same_v<T, Time>)
        return micros(value);
    else if constexpr (std::is_same_v<T, Blob>)
        return BlobView{value.bytes};
    else if constexpr (std::is_same_v<T, BlobView>)
        return value;
    else if constexpr (std::is_same_v<T, Digest>)
        return BlobView{value.view()};
    else if constexpr (std::is_same_v<T, json::Object>)
        return json::encode(value);
    else if constexpr (std::is_floating_point_v<T>)
        return static_cast<double>(value);
    else if constexpr (std::is_integral_v<T>)
        return static_cast<std::int64_t>(value);
    else if constexpr (json::DescribedEnum<T>)
        return json::enum_name(value);
    else if constexpr (json::is_bounded_text<T>)
        return std::string_view(value.value);
    else if constexpr (std::is_convertible_v<T const&, std::string_view>)
        return std::string_view(value);
    else
        return to_text(value);
}

// One row of a result; valid until the next one is asked for.
class Row {
  public:
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual double real(int column) const = 0;
    virtual std::string_view text(int column) const = 0;
    virtual ByteView blob(int column) const = 0;
    virtual int columns() const = 0;

  protected:
    ~Row() = default;
};

void require_columns(Row const& row, int expected);
[[noreturn]] void unreadable_column(Row const& row, int column);  // throws: the database holds what no version wrote

template <class T>
void read_column(Row const& row, int column, T& out) {
    if constexpr (json::is_optional<T>) {
        if (row.is_null(column))
            out.reset();
        else
            read_column(row, column, out.emplace());
    } else if constexpr (is_id<T>)
        out.value = row.integer(column);
    else if constexpr (std::is_same_v<T, Time>)
        out = time_from_micros(row.integer(column));
    else if constexpr (std::is_same_v<T, bool>)
        out = row.integer(column) != 0;
    else if constexpr (std::is_floating_point_v<T>)
        out = row.real(column);
    else if constexpr (std::is_integral_v<T>)
        out = static_cast<T>(row.integer(column));
    else if constexpr (std::is_same_v<T, Blob>)
        out.bytes = row.blob(column);
    else if constexpr (std::is_same_v<T, std::string>)
        out = row.text(column);
    else if constexpr (std::is_same_v<T, Digest>) {
        auto const digest = Digest::from(row.blob(column));
        if (!digest) unreadable_column(row, column);
        out = *digest;
    } else if constexpr (std::is_same_v<T, json::Object>) {
        auto const value = json::parse(row.text(column));
        if (!value || !value->is_object()) unreadable_column(row, column);
        out = value->get_object();
    } else if constexpr (json::DescribedEnum<T>) {
        auto const found = json::enum_from<T>(row.text(column));
        if (!found) unreadable_column(row, column);
        out = *found;
    } else if constexpr (json::is_bounded_text<T>)
        out.value = row.text(column);
    else if (!from_text(row.text(column), out))
        unreadable_column(row, column);
}

template <class T>
T read_row(Row const& row) {
    T out{};
    if constexpr (json::DescribedStruct<T> && !json::TextLike<T>) {
        int column = 0;
        json::for_each_member<T>([&](std::string_view, auto pointer) { read_column(row, column++, out.*pointer); });
        require_columns(row, column);
    } else {
        require_columns(row, 1);
        read_column(row, 0, out);
    }
    return out;
}

}  // namespace rapport::store
