// Schemas that people write: samples fit them, findings are limited, and a template that was checked against a schema
// renders whatever data fits it. The input is {"schema": {…}, "data": {…}, "template": "…"}.
#include "templates/schema.hpp"

#include "property.hpp"
#include "templates/templates.hpp"

namespace rapport::templates {
namespace {

using fuzz::holds;

void try_template(Template const& made, json::Object const& data) {
    auto const text = made.render(data, {});
    if (text) return;
    auto const& code = text.error().code;
    holds(code == "letter_too_large" || code == "not_one_line" || code == "unsafe_link",
          "a template that was checked renders all data that fit");
}

void run(std::string_view text) {
    auto const input = json::parse(text);
    if (!input || !input->is_object()) return;
    auto const* const given = input->get_object().if_contains("schema");
    if (!given || !given->is_object()) return;
    auto const schema = Schema::read(given->get_object(), "/schema");
    if (!schema) {
        holds(schema.error().code == "schema_invalid", "what is wrong is said");
        holds(!schema.error().fields.empty() && schema.error().fields.size() <= 20, "between 1 and 20 findings");
        return;
    }
    auto const sample = schema->sample();
    holds(schema->faults(sample, "").empty(), "a sample fits its schema");

    auto const* const data = input->get_object().if_contains("data");
    bool fits = false;
    if (data && data->is_object()) {
        auto const faults = schema->faults(data->get_object(), "/data");
        holds(faults.size() <= 20, "at most 20 findings");
        fits = faults.empty();
    }
    auto const* const source = input->get_object().if_contains("template");
    if (!source || !source->is_string()) return;
    for (auto const form : {Form::text, Form::html}) {
        auto const made = Template::compile(std::string_view(source->get_string()), form);
        if (!made) continue;
        Schema const* const scopes[] = {&*schema};
        if (!made->check(scopes).empty()) continue;
        try_template(*made, sample);
        if (fits) try_template(*made, data->get_object());
    }
}

}  // namespace
}  // namespace rapport::templates

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rapport::templates::run(rapport::fuzz::text_of(data, size));
    return 0;
}
