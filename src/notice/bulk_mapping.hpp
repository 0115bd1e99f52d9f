// From a row of a file to a notice: which column goes where, and what is wrong. Internal to the module.
#pragma once

#include "notice/bulk_job.hpp"
#include "templates/schema.hpp"

namespace rapport::notice {

// What a row makes.
struct MadeRow {
    std::int64_t number = 0, line = 0;
    std::optional<NewNotice> notice;  // empty: `faults` say why
    std::optional<std::string> key, reference;
    std::vector<RowFault> faults;
};

// A mapping, understood. One thread.
class RowReader {
  public:
    // Codes: invalid_fields, with pointers into the mapping.
    static Expected<RowReader> make(BulkMapping mapping, std::vector<std::string> columns, FileFormat format,
                                    KindRow const& kind);
    MadeRow read(store::Reader& reader, FileRow row) const;
    // "/data/amount" and the like of a notice as the file's reader knows it: the column's name, or "data.amount".
    std::string field_of(std::string_view pointer) const;

  private:
    enum class To : std::uint8_t {
        email,
        name,
        locale,
        customer,
        external_id,
        second_email,
        reference,
        key,
        send_at,
        data,
        whole_data
    };
    struct Target {
        To to{};
        std::string column;
        std::size_t index = 0;  // of the column
        std::vector<std::string> path;
        templates::Schema::Node const* node = nullptr;
    };
    struct Filling;
    void put(Filling& filling, Target const& target, json::Value const& value) const;
    void put_text(Filling& filling, Target const& target, std::string const& text) const;
    void put_data(Filling& filling, Target const& target, json::Value value) const;
    static std::optional<Target> target_of(std::string_view to, templates::Schema const& schema, std::string& why);

    RowReader(BulkMapping mapping, std::string kind, templates::Schema schema)
        : mapping_(std::move(mapping)), kind_(std::move(kind)), schema_(std::move(schema)) {}
    BulkMapping mapping_;
    std::string kind_;
    templates::Schema schema_;
    std::vector<Target> targets_;
    std::size_t columns_ = 0;
};

// What the columns' names suggest.
BulkMapping suggested(std::vector<std::string> const& columns, KindRow const& kind);

}  // namespace rapport::notice
