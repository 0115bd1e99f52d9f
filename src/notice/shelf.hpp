// The shelf: published versions, compiled once, kept by identifier (they never change). Any thread.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>

#include "notice/notice.hpp"
#include "notice/wire.hpp"
#include "templates/schema.hpp"
#include "templates/templates.hpp"

namespace rapport::notice {

struct TemplateRow {
    TemplateId id;
    std::string kind;
    Locale locale{};
    std::int64_t number = 0;
    TemplateState state{};
    bool stock = false;
    std::string subject, body, html, layout;
    Digest digest;
    std::optional<std::string> note;
    std::optional<TemplateId> copied_from;
    Time created_at{}, changed_at{};
    std::optional<Time> published_at;
};
BOOST_DESCRIBE_STRUCT(TemplateRow, (),
                      (id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from,
                       created_at, changed_at, published_at))

// A version, compiled.
struct Version {
    TemplateId id;
    Locale locale = Locale::en;
    std::string layout;
    templates::Template subject, text, html;  // html is empty where the mail is plain text
};

// What a letter is drawn from, besides its version; kept with the delivery as the recipe.
struct Inputs {
    std::string zone = "UTC";
    json::Object data;
    json::Object values;  // name, organisation, reference, confirm_url, cancel_url, unsubscribe_url
};

Expected<delivery::Words> draw(Version const& version, Inputs const& inputs);
json::Object recipe_of(TemplateId version, Inputs const& inputs);

class Shelf {
  public:
    // Codes: not_found. A version that was published compiles: this program knows at least what the earlier ones knew.
    Expected<std::shared_ptr<Version const>> version(store::Reader& reader, TemplateId id) const;
    // The version in force, in the language or else in English, or else in whatever there is. Empty: none.
    std::shared_ptr<Version const> current(store::Reader& reader, std::string_view kind, Locale locale) const;

  private:
    std::shared_ptr<Version const> kept(TemplateId id) const;
    std::shared_ptr<Version const> keep(TemplateRow const& row) const;
    mutable std::shared_mutex mutex_;
    mutable std::map<TemplateId, std::shared_ptr<Version const>> versions_;
};

}  // namespace rapport::notice
