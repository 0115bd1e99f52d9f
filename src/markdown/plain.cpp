// Markdown as text: for search, for summaries, for letters.
#include "base/text.hpp"
#include "markdown/parse.hpp"

namespace rapport::markdown {
namespace {

class Plain final : public Sink {
  public:
    explicit Plain(PlainLinks links) : links_(links) {}

    void enter(Block block, Detail const& detail) override {
        if (block == Block::numbers) counters_.push_back(detail.start);
        if (block == Block::bullets) counters_.push_back(-1);
        if (block == Block::item) begin_item(detail);
        if (block == Block::cell || block == Block::head_cell) {
            if (!out_.empty() && out_.back() != '\n') out_ += " | ";
        } else if (block != Block::item) {
            new_line(after_mark_ ? 0 : is_apart(block) ? 2 : 1);
        }
        after_mark_ = block == Block::item;
    }
    void leave(Block block) override {
        if ((block == Block::numbers || block == Block::bullets) && !counters_.empty()) counters_.pop_back();
        if (block != Block::cell && block != Block::head_cell) new_line(is_apart(block) ? 2 : 1);
        after_mark_ = false;
    }
    void enter(Span span, Detail const& detail) override {
        if (span == Span::link) addresses_.push_back({detail.address, out_.size()});
    }
    void leave(Span span) override {
        if (span != Span::link || addresses_.empty()) return;
        auto const [address, begin] = std::move(addresses_.back());
        addresses_.pop_back();
        auto const words = std::string_view(out_).substr(std::min(begin, out_.size()));
        bool const told = address == words || address == "mailto:" + std::string(words);
        if (links_ == PlainLinks::with_addresses && !told && is_safe_address(address)) out_ += " (" + address + ")";
    }
    void text(std::string_view utf8) override {
        after_mark_ = false;
        out_ += utf8;
    }
    void line_break(bool is_hard) override { out_ += is_hard ? '\n' : ' '; }
    std::size_t written() const override { return out_.size(); }

    std::string take() {
        while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
        return std::move(out_);
    }

  private:
    static bool is_apart(Block block) {
        return block == Block::paragraph || block == Block::heading || block == Block::code || block == Block::table ||
               block == Block::quote;
    }
    void begin_item(Detail const& detail) {
        new_line(1);
        if (links_ == PlainLinks::words) return;
        for (std::size_t i = 1; i < counters_.size(); ++i) out_ += "  ";
        if (detail.is_task)
            out_ += detail.is_done ? "[x] " : "[ ] ";
        else if (!counters_.empty() && counters_.back() >= 0)
            out_ += std::to_string(counters_.back()++) + ". ";
        else
            out_ += "- ";
    }
    void new_line(std::size_t wanted) {
        if (out_.empty()) return;
        std::size_t have = 0;
        while (have < out_.size() && out_[out_.size() - 1 - have] == '\n') ++have;
        if (have < wanted) out_.append(wanted - have, '\n');
    }

    PlainLinks links_;
    std::string out_;
    std::vector<std::int64_t> counters_;  // -1: bullets
    std::vector<std::pair<std::string, std::size_t>> addresses_;
    bool after_mark_ = false;
};

}  // namespace

Expected<std::string> plain_text(std::string_view source, PlainLinks links, Limits const& limits) {
    Plain plain(links);
    if (auto const done = parse(source, limits, plain); !done) return fail(done.error());
    return plain.take();
}

}  // namespace rapport::markdown
