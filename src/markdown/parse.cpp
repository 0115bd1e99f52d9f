// md4c, bounded. Its analysis of a block cannot be interrupted, so what makes it slow is refused before: see
// look_through().
#include "markdown/parse.hpp"

#include <md4c.h>

#include <algorithm>

namespace rapport::markdown {
namespace {

constexpr unsigned flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEURLAUTOLINKS |
                           MD_FLAG_PERMISSIVEEMAILAUTOLINKS | MD_FLAG_NOHTML;
// Why a callback abandoned the text. md4c heeds negative answers alone.
enum class Stop : std::uint8_t { none, output, depth, columns, time };
constexpr unsigned look_every = 256;  // events, at the clock

struct Run {
    std::string_view source;
    Limits const& limits;
    Sink& sink;
    std::chrono::steady_clock::time_point end;
    int depth = 0;
    unsigned events = 0;
    Stop stopped = Stop::none;
    std::vector<std::size_t> line_ends = {};  // made when the first line is asked for

    int stop(Stop why) {
        if (stopped == Stop::none) stopped = why;
        return -1;
    }
    int go_on() {
        if (stopped != Stop::none) return -1;
        if (sink.written() > limits.output) return stop(Stop::output);
        if (++events % look_every == 0 && std::chrono::steady_clock::now() > end) return stop(Stop::time);
        return 0;
    }
    int line_of(char const* at) {
        std::less<> const before;
        if (!at || before(at, source.data()) || !before(at, source.data() + source.size())) return 0;
        if (line_ends.empty())
            for (std::size_t i = 0; i < source.size(); ++i)
                if (source[i] == '\n') line_ends.push_back(i);
        auto const offset = static_cast<std::size_t>(at - source.data());
        return 1 + static_cast<int>(std::ranges::lower_bound(line_ends, offset) - line_ends.begin());
    }
};

std::string text_of(MD_ATTRIBUTE const& attribute) {
    std::string out;
    if (!attribute.text) return out;
    for (int i = 0; attribute.substr_offsets[i] < attribute.size; ++i) {
        auto const begin = attribute.substr_offsets[i];
        std::string_view const part(attribute.text + begin, attribute.substr_offsets[i + 1] - begin);
        if (attribute.substr_types[i] == MD_TEXT_ENTITY)
            out += decode_entity(part);
        else if (attribute.substr_types[i] == MD_TEXT_NULLCHAR)
            out += "\ufffd";
        else
            out += part;
    }
    return out;
}

Block block_of(MD_BLOCKTYPE type) {
    switch (type) {
        case MD_BLOCK_DOC:
            return Block::document;
        case MD_BLOCK_QUOTE:
            return Block::quote;
        case MD_BLOCK_UL:
            return Block::bullets;
        case MD_BLOCK_OL:
            return Block::numbers;
        case MD_BLOCK_LI:
            return Block::item;
        case MD_BLOCK_HR:
            return Block::rule;
        case MD_BLOCK_H:
            return Block::heading;
        case MD_BLOCK_CODE:
            return Block::code;
        case MD_BLOCK_TABLE:
            return Block::table;
        case MD_BLOCK_THEAD:
            return Block::head;
        case MD_BLOCK_TBODY:
            return Block::body;
        case MD_BLOCK_TR:
            return Block::row;
        case MD_BLOCK_TH:
            return Block::head_cell;
        case MD_BLOCK_TD:
            return Block::cell;
        default:
            return Block::paragraph;
    }
}

bool is_container(MD_BLOCKTYPE type) {
    return type == MD_BLOCK_QUOTE || type == MD_BLOCK_UL || type == MD_BLOCK_OL || type == MD_BLOCK_LI;
}

Detail detail_of(MD_BLOCKTYPE type, void* detail) {
    Detail out;
    if (type == MD_BLOCK_H) out.level = static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
    if (type == MD_BLOCK_OL) out.start = static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start;
    if (type == MD_BLOCK_CODE) out.language = text_of(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang);
    if (type == MD_BLOCK_LI) {
        auto const* item = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
        out.is_task = item->is_task != 0;
        out.is_done = out.is_task && item->task_mark != ' ';
    }
    if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
        auto const align = static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align;
        out.align = align == MD_ALIGN_LEFT     ? Align::left
                    : align == MD_ALIGN_CENTER ? Align::center
                    : align == MD_ALIGN_RIGHT  ? Align::right
                                               : Align::none;
    }
    return out;
}

int enter_block(MD_BLOCKTYPE type, void* detail, void* data) {
    auto& run = *static_cast<Run*>(data);
    if (is_container(type) && ++run.depth > run.limits.depth) return run.stop(Stop::depth);
    if (type == MD_BLOCK_TABLE &&
        static_cast<MD_BLOCK_TABLE_DETAIL*>(detail)->col_count > static_cast<unsigned>(run.limits.columns))
        return run.stop(Stop::columns);
    run.sink.enter(block_of(type), detail_of(type, detail));
    return run.go_on();
}

int leave_block(MD_BLOCKTYPE type, void*, void* data) {
    auto& run = *static_cast<Run*>(data);
    if (is_container(type)) --run.depth;
    run.sink.leave(block_of(type));
    return run.go_on();
}

std::optional<Span> span_of(MD_SPANTYPE type) {
    switch (type) {
        case MD_SPAN_EM:
            return Span::emphasis;
        case MD_SPAN_STRONG:
            return Span::strong;
        case MD_SPAN_A:
            return Span::link;
        case MD_SPAN_IMG:
            return Span::image;
        case MD_SPAN_CODE:
            return Span::code;
        case MD_SPAN_DEL:
            return Span::deleted;
        default:
            return std::nullopt;
    }
}

int enter_span(MD_SPANTYPE type, void* given, void* data) {
    auto& run = *static_cast<Run*>(data);
    auto const span = span_of(type);
    if (!span) return run.go_on();
    Detail detail;
    if (*span == Span::link) {
        auto const* link = static_cast<MD_SPAN_A_DETAIL*>(given);
        detail = {.address = text_of(link->href), .title = text_of(link->title), .line = run.line_of(link->href.text)};
    } else if (*span == Span::image) {
        auto const* image = static_cast<MD_SPAN_IMG_DETAIL*>(given);
        detail = {.address = text_of(image->src), .title = text_of(image->title), .line = run.line_of(image->src.text)};
    }
    run.sink.enter(*span, detail);
    return run.go_on();
}

int leave_span(MD_SPANTYPE type, void*, void* data) {
    auto& run = *static_cast<Run*>(data);
    if (auto const span = span_of(type)) run.sink.leave(*span);
    return run.go_on();
}

int take_text(MD_TEXTTYPE type, MD_CHAR const* text, MD_SIZE size, void* data) {
    auto& run = *static_cast<Run*>(data);
    std::string_view const part(text, size);
    if (part.size() > run.source.size()) return run.stop(Stop::time);  // see parse(): it has lost its way
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        run.sink.line_break(type == MD_TEXT_BR);
    else if (type == MD_TEXT_NULLCHAR)
        run.sink.text("\ufffd");
    else if (type == MD_TEXT_ENTITY)
        run.sink.text(decode_entity(part));
    else
        run.sink.text(part);
    return run.go_on();
}

std::unexpected<Error> too_deep() {
    return fail(ErrorKind::invalid, "text_too_deep", "Quotes and lists stand too deep in each other. Make it flatter.");
}
std::unexpected<Error> too_slow() {
    return fail(ErrorKind::invalid, "text_too_slow", "This text is too complicated to be shown. Simplify it.");
}

// What md4c takes more than linear time for, measured: many containers on one line, and paragraphs with thousands of
// marks that nothing closes.
Expected<> look_through(std::string_view source, Limits const& limits) {
    constexpr std::size_t most_marks = 20'000;  // in one paragraph
    std::size_t marks = 0;
    while (!source.empty()) {
        auto const end = std::min(source.find('\n'), source.size() - 1);
        auto const line = source.substr(0, end + 1);
        source.remove_prefix(end + 1);
        int markers = 0;
        std::size_t at = 0;
        for (; at < line.size(); ++at) {
            char const c = line[at];
            if (c == '>' || c == '-' || c == '*' || c == '+')
                markers += at + 1 < line.size() && (c == '>' || line[at + 1] == ' ' || line[at + 1] == '\t');
            else if (c != ' ' && c != '\t' && !(c >= '0' && c <= '9') && c != '.' && c != ')')
                break;
            else if ((c == '.' || c == ')') && at > 0)
                ++markers;
        }
        if (markers > limits.depth) return too_deep();
        if (at + 1 >= line.size()) marks = 0;  // a blank line ends the paragraph
        for (char const c : line)
            marks += c == '[' || c == ']' || c == '*' || c == '_' || c == '`' || c == '~' || c == '<' || c == '!';
        if (marks > most_marks) return too_slow();
    }
    return {};
}

}  // namespace

Expected<> parse(std::string_view source, Limits const& limits, Sink& sink) {
    if (source.size() > limits.source)
        return fail(ErrorKind::too_large, "text_too_large", "This text is too long. Divide it.");
    if (auto const good = look_through(source, limits); !good) return good;
    // md4c 0.4.8 looks at what stands behind the end when a link is not finished there ("[a](b&#58;c="), and takes a
    // ')' in it for the link's: nothing of the kind may follow.
    std::string ended(source);
    ended += '\n';
    auto const size = ended.size();
    ended.append(64, '\0');
    Run run{std::string_view(ended).substr(0, size), limits, sink, std::chrono::steady_clock::now() + limits.time};
    MD_PARSER const parser{.abi_version = 0,
                           .flags = flags,
                           .enter_block = enter_block,
                           .leave_block = leave_block,
                           .enter_span = enter_span,
                           .leave_span = leave_span,
                           .text = take_text,
                           .debug_log = nullptr,
                           .syntax = nullptr};
    int const parsed = md_parse(run.source.data(), static_cast<MD_SIZE>(run.source.size()), &parser, &run);
    switch (run.stopped) {
        case Stop::none:
            if (parsed != 0) throw std::bad_alloc();  // md4c's only fault of its own
            return {};
        case Stop::output:
            return fail(ErrorKind::too_large, "text_too_large", "This text becomes too long when it is shown.");
        case Stop::depth:
            return too_deep();
        case Stop::columns:
            return fail(ErrorKind::invalid, "table_too_wide", "A table has too many columns. Divide it.");
        case Stop::time:
            break;
    }
    return too_slow();
}

}  // namespace rapport::markdown
