// Two texts beside each other: by lines, and within changed lines by words (Myers, An O(ND) Difference Algorithm,
// 1986).
#include <algorithm>
#include <cctype>
#include <optional>
#include <span>

#include "knowledge/knowledge.hpp"
#include "search/text.hpp"

namespace rapport::knowledge {
namespace {

constexpr int most_edits = 1500;           // beyond it texts have nothing in common that helps a reader
constexpr std::size_t most_tokens = 4000;  // of a line

using Parts = std::vector<std::string_view>;

enum class Op : std::uint8_t { same, removed, added };
struct Edit {
    Op op{};
    std::size_t before = 0, after = 0;
};

Parts lines_of(std::string_view text) {
    Parts out;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        out.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::size_t length_at(std::string_view text, std::size_t at) {
    auto const lead = static_cast<unsigned char>(text[at]);
    std::size_t const n = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 1;
    return std::min(n, text.size() - at);
}

// Words of scripts that write spaces, with the spaces apart; letters of the others.
Parts words_of(std::string_view line) {
    Parts out;
    std::size_t begin = 0;
    bool in_word = false;
    for (std::size_t at = 0; at < line.size();) {
        auto const n = length_at(line, at);
        auto const letters = n == 1 ? std::vector<search::Letter>() : search::normalise(line.substr(at, n));
        bool const ascii = n == 1 && (std::isalnum(static_cast<unsigned char>(line[at])) != 0);
        bool const word = ascii || (!letters.empty() && search::script_of(letters.front().c) == search::Script::spaced);
        if (!word || !in_word) {
            if (at > begin) out.push_back(line.substr(begin, at - begin));
            begin = at;
        }
        in_word = word;
        at += n;
    }
    if (begin < line.size()) out.push_back(line.substr(begin));
    return out;
}

// The shortest way from a to b. Empty optional: longer than the limit.
std::optional<std::vector<Edit>> way(std::span<std::string_view const> a, std::span<std::string_view const> b) {
    auto const n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
    int const most = std::min(n + m, most_edits);
    std::vector<std::vector<int>> trail;
    std::vector<int> v(static_cast<std::size_t>(2 * most + 2), 0);
    auto const at = [&](int k) -> int& { return v[static_cast<std::size_t>(k + most)]; };
    int d = 0;
    for (bool done = false; !done; ++d) {
        if (d > most) return std::nullopt;
        trail.emplace_back(v.begin() + std::max(0, most - d), v.begin() + std::min(2 * most + 2, most + d + 1));
        for (int k = -d; k <= d && !done; k += 2) {
            int x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
            if (d == 0) x = 0;
            int y = x - k;
            while (x < n && y < m && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)]) ++x, ++y;
            at(k) = x;
            done = x >= n && y >= m;
        }
    }
    std::vector<Edit> edits;
    int x = n, y = m;
    auto const same = [&](int to_x, int to_y) {
        while (x > to_x && y > to_y) {
            --x, --y;
            edits.push_back({Op::same, static_cast<std::size_t>(x), static_cast<std::size_t>(y)});
        }
    };
    for (int back = d - 1; back > 0; --back) {
        // What was known before that step: diagonals -(back-1) … back-1 stand from the slice's beginning on.
        auto const& known = trail[static_cast<std::size_t>(back)];
        int const first = -std::min(back, most);
        auto const reach = [&](int k) { return known[static_cast<std::size_t>(k - first)]; };
        int const k = x - y;
        bool const down = k == -back || (k != back && reach(k - 1) < reach(k + 1));
        int const from_k = down ? k + 1 : k - 1;
        int const from_x = reach(from_k), from_y = from_x - from_k;
        same(down ? from_x : from_x + 1, down ? from_y + 1 : from_y);
        if (down)
            edits.push_back({Op::added, static_cast<std::size_t>(from_x), static_cast<std::size_t>(from_y)});
        else
            edits.push_back({Op::removed, static_cast<std::size_t>(from_x), static_cast<std::size_t>(from_y)});
        x = from_x;
        y = from_y;
    }
    same(0, 0);
    std::ranges::reverse(edits);
    return edits;
}

std::vector<Edit> all_replaced(std::size_t before, std::size_t after) {
    std::vector<Edit> out;
    for (std::size_t i = 0; i < before; ++i) out.push_back({Op::removed, i, 0});
    for (std::size_t i = 0; i < after; ++i) out.push_back({Op::added, before, i});
    return out;
}

// With what is the same at both ends taken off first.
std::vector<Edit> edits_of(Parts const& a, Parts const& b, bool& truncated) {
    std::size_t head = 0, tail = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
    while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
    auto const inner_a = std::span(a).subspan(head, a.size() - head - tail);
    auto const inner_b = std::span(b).subspan(head, b.size() - head - tail);
    auto inner = way(inner_a, inner_b);
    if (!inner) {
        truncated = true;
        inner = all_replaced(inner_a.size(), inner_b.size());
    }
    std::vector<Edit> out;
    for (std::size_t i = 0; i < head; ++i) out.push_back({Op::same, i, i});
    for (auto const& edit : *inner) out.push_back({edit.op, edit.before + head, edit.after + head});
    for (std::size_t i = tail; i > 0; --i) out.push_back({Op::same, a.size() - i, b.size() - i});
    return out;
}

std::int64_t count_words(std::string_view text) {
    std::int64_t n = 0;
    for (auto const word : words_of(text)) n += word != " ";
    return n;
}

void add_piece(std::vector<KnowledgePiece>& pieces, PieceKind kind, std::string_view text) {
    if (!pieces.empty() && pieces.back().kind == kind)
        pieces.back().text += text;
    else
        pieces.push_back({kind, std::string(text)});
}

// Both as one line, if they have enough in common.
std::optional<std::vector<KnowledgePiece>> woven(std::string_view before, std::string_view after) {
    auto const a = words_of(before), b = words_of(after);
    if (a.size() > most_tokens || b.size() > most_tokens) return std::nullopt;
    bool truncated = false;
    std::vector<KnowledgePiece> pieces;
    std::size_t common = 0;
    for (auto const& edit : edits_of(a, b, truncated)) {
        auto const text = edit.op == Op::added ? b[edit.after] : a[edit.before];
        if (edit.op == Op::same && text != " ") common += text.size();
        add_piece(pieces,
                  edit.op == Op::same    ? PieceKind::same
                  : edit.op == Op::added ? PieceKind::added
                                         : PieceKind::removed,
                  text);
    }
    if (truncated || common * 3 < std::max(before.size(), after.size())) return std::nullopt;
    return pieces;
}

class Made {
  public:
    Made(Parts const& before, Parts const& after) : before_(before), after_(after) {}

    void take(Edit const& edit) {
        if (edit.op == Op::removed) return removed_.push_back(edit.before);
        if (edit.op == Op::added) return added_.push_back(edit.after);
        flush();
        out_.lines.push_back({LineKind::same,
                              number(edit.before),
                              number(edit.after),
                              {{PieceKind::same, std::string(before_[edit.before])}}});
    }
    KnowledgeComparison done(bool truncated) {
        flush();
        out_.truncated = truncated;
        return std::move(out_);
    }

  private:
    static std::int64_t number(std::size_t index) { return static_cast<std::int64_t>(index) + 1; }

    // A run of removed lines and a run of added ones: line by line where they belong together.
    void flush() {
        std::size_t i = 0;
        for (; i < removed_.size() && i < added_.size(); ++i) {
            auto pieces = woven(before_[removed_[i]], after_[added_[i]]);
            if (!pieces) break;
            for (auto const& piece : *pieces) {
                if (piece.kind == PieceKind::added) out_.added += count_words(piece.text);
                if (piece.kind == PieceKind::removed) out_.removed += count_words(piece.text);
            }
            out_.lines.push_back({LineKind::changed, number(removed_[i]), number(added_[i]), std::move(*pieces)});
        }
        for (auto at = i; at < removed_.size(); ++at) {
            auto const text = before_[removed_[at]];
            out_.removed += count_words(text);
            out_.lines.push_back(
                {LineKind::removed, number(removed_[at]), {}, {{PieceKind::removed, std::string(text)}}});
        }
        for (auto at = i; at < added_.size(); ++at) {
            auto const text = after_[added_[at]];
            out_.added += count_words(text);
            out_.lines.push_back({LineKind::added, {}, number(added_[at]), {{PieceKind::added, std::string(text)}}});
        }
        removed_.clear();
        added_.clear();
    }

    Parts const& before_;
    Parts const& after_;
    std::vector<std::size_t> removed_, added_;
    KnowledgeComparison out_;
};

}  // namespace

KnowledgeComparison compare(std::string_view before, std::string_view after) {
    auto const a = lines_of(before), b = lines_of(after);
    bool truncated = false;
    Made made(a, b);
    for (auto const& edit : edits_of(a, b, truncated)) made.take(edit);
    return made.done(truncated);
}

}  // namespace rapport::knowledge
