// A template against the shapes of its data, before any data is there.
#include <algorithm>

#include "templates/nodes.hpp"
#include "templates/schema.hpp"

namespace rapport::templates {
namespace {

using Type = Schema::Type;
using As = Schema::As;

struct Found {
    Schema::Node const* node = nullptr;
    bool certain = true;  // there in all valid data
};

class Walk {
  public:
    Walk(Program const& program, std::span<Schema const* const> scopes) : program_(program) {
        for (auto const* schema : scopes) scopes_.push_back(&schema->root());
    }
    void run(Nodes const& nodes) {
        for (auto const& node : nodes)
            std::visit([&](auto const& one) { look_at(one); },
                       static_cast<std::variant<Words, Slot, Section, Choice, Count> const&>(node));
    }
    std::vector<FieldError> take() { return std::move(faults_); }

  private:
    void add(Path const& path, std::string rule, std::string fix) {
        if (faults_.size() < 20)
            faults_.push_back({program_.pointer,
                               "line " + std::to_string(path.line) + ": {{" + path.text() + "}} " + rule,
                               std::move(fix)});
    }
    Found find(Path const& path) const {
        Found found;
        if (path.names.empty()) {
            found.node = scopes_.empty() ? nullptr : scopes_.back();
            return found;
        }
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend() && !found.node; ++scope)
            if (auto const* member = (*scope)->find(path.names.front())) found = {member->node.get(), member->required};
        for (std::size_t i = 1; i < path.names.size() && found.node; ++i) {
            auto const* member = found.node->find(path.names[i]);
            found = member ? Found{member->node.get(), found.certain && member->required} : Found{};
        }
        return found;
    }
    bool is_asked_for(Path const& path) const {
        auto const text = path.text();
        return std::ranges::any_of(asked_, [&](auto const& a) { return a == text || text.starts_with(a + "."); });
    }
    Schema::Node const* need(Path const& path, bool has_otherwise = false) {
        auto const found = find(path);
        if (!found.node)
            add(path, "is not among the data of this kind", "correct the name, or add it to the kind's schema");
        else if (!found.certain && !has_otherwise && !is_asked_for(path))
            add(path, "may be missing",
                "say what stands there then: {{" + path.text() + "|…}}, or put it into a section: {{#" + path.text() +
                    "}}…{{/" + path.text() + "}}");
        return found.node;
    }
    void look_at(Words const&) {}
    void look_at(Count const&) {}
    void look_at(Slot const& slot) {
        auto const* node = need(slot.path, slot.otherwise.has_value());
        if (!node) return;
        if (slot.otherwise && slot.place == Place::link)
            add(slot.path, "begins a link, where nothing else can stand", "put it into a section");
        bool const is_number = node->type == Type::integer || node->type == Type::number;
        switch (slot.format.how) {
            case How::plain:
                if (node->type != Type::string && !is_number)
                    add(slot.path, "is no text and no number", "use a format, one of its members, or a section");
                break;
            case How::number:
                if (!is_number) add(slot.path, "is no number", "take the format away");
                break;
            case How::money:
                if (node->format != As::money) add(slot.path, "is no money", "take the format away");
                break;
            case How::time:
                if (node->format != As::date_time) add(slot.path, "is no instant", "use a value of format date-time");
                break;
            default:
                if (node->format != As::date && node->format != As::date_time)
                    add(slot.path, "is no date", "use a value of format date or date-time");
        }
        if (slot.place == Place::link && node->format != As::uri)
            add(slot.path, "begins a link and is no link", "give it the format uri in the schema");
        if (program_.form == Form::html && slot.place == Place::raw) add(slot.path, "is not escaped", "use two braces");
    }
    void look_at(Section const& section) {
        auto const found = find(section.path);
        if (!found.node) {
            add(section.path, "is not among the data of this kind", "correct the name, or add it to the kind's schema");
            return;
        }
        if (section.inverted) return run(section.body);
        asked_.push_back(section.path.text());
        bool const is_list = found.node->type == Type::array;
        scopes_.push_back(is_list ? found.node->items.get() : found.node);
        // Within a list its own name means nothing more: the items' members do.
        run(section.body);
        scopes_.pop_back();
        asked_.pop_back();
    }
    void look_at(Choice const& choice) {
        auto const* node = need(choice.path);
        bool const by_word = choice.by == Choice::By::word;
        if (node && by_word && node->type != Type::string && node->type != Type::boolean)
            add(choice.path, "is no word to choose by", "choose by a string or a boolean");
        if (node && !by_word && node->type != Type::integer && node->type != Type::number)
            add(choice.path, "is no number to count by", "use a number");
        for (auto const& one : choice.cases) run(one.body);
    }

    Program const& program_;
    std::vector<Schema::Node const*> scopes_;
    std::vector<std::string> asked_;
    std::vector<FieldError> faults_;
};

}  // namespace

std::vector<FieldError> Template::check(std::span<Schema const* const> scopes) const {
    require(program_ != nullptr, "a template was compiled");
    Walk walk(*program_, scopes);
    walk.run(program_->nodes);
    return walk.take();
}

}  // namespace rapport::templates
