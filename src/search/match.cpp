// Lists, put together as the query says.
#include "search/match.hpp"

#include <algorithm>
#include <bit>

#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t most_walked = 20'000, most_taken = 4'000;  // words of one beginning in one segment

using Matchers = std::vector<std::unique_ptr<Matcher>>;

class Everything final : public Matcher {
  public:
    explicit Everything(Ordinal docs) : docs_(docs) { doc_ = docs - 1; }
    Ordinal advance(Ordinal target) override { return doc_ = std::min(doc_, std::max(target, none)); }
    std::uint64_t cost() const override { return static_cast<std::uint64_t>(docs_); }

  private:
    Ordinal docs_;
};

class Nothing final : public Matcher {
  public:
    Ordinal advance(Ordinal) override { return none; }
    std::uint64_t cost() const override { return 0; }
};

class List final : public Matcher {
  public:
    List(Segment const& segment, TermFacts const& facts, bool places)
        : postings_(segment, facts, places), cost_(facts.docs) {
        doc_ = postings_.doc();
    }
    Ordinal advance(Ordinal target) override { return doc_ = postings_.advance(target); }
    std::uint64_t cost() const override { return cost_; }
    std::vector<std::uint32_t> const& places() { return postings_.places(); }

  private:
    Postings postings_;
    std::uint64_t cost_;
};

// Many lists, as bits.
class Union final : public Matcher {
  public:
    Union(Segment const& segment, std::span<TermFacts const> lists, bool places)
        : bits_((static_cast<std::size_t>(segment.docs()) + 63) / 64) {
        for (auto const& facts : lists)
            for (Postings one(segment, facts, places); one.doc() != none; one.next()) {
                auto const at = static_cast<std::size_t>(one.doc());
                bits_[at / 64] |= std::uint64_t{1} << (at % 64);
            }
        for (auto const word : bits_) cost_ += static_cast<std::uint64_t>(std::popcount(word));
        doc_ = segment.docs();
        advance(segment.docs() - 1);
    }
    Ordinal advance(Ordinal target) override {
        if (doc_ <= target) return doc_;
        if (target < 0) return doc_ = none;
        auto at = static_cast<std::size_t>(target) / 64;
        auto word = bits_[at] & (~std::uint64_t{0} >> (63 - static_cast<std::size_t>(target) % 64));
        while (word == 0) {
            if (at == 0) return doc_ = none;
            word = bits_[--at];
        }
        return doc_ = static_cast<Ordinal>(at * 64 + 63 - static_cast<std::size_t>(std::countl_zero(word)));
    }
    std::uint64_t cost() const override { return cost_; }

  private:
    std::vector<std::uint64_t> bits_;
    std::uint64_t cost_ = 0;
};

class All final : public Matcher {
  public:
    explicit All(Matchers parts) : parts_(std::move(parts)) {
        std::ranges::sort(parts_, {}, [](auto const& one) { return one->cost(); });
        doc_ = meet(parts_[0]->doc());
    }
    Ordinal advance(Ordinal target) override { return doc_ <= target ? doc_ : doc_ = meet(parts_[0]->advance(target)); }
    std::uint64_t cost() const override { return parts_[0]->cost(); }

  private:
    Ordinal meet(Ordinal doc) {
        for (std::size_t i = 1; doc != none && i < parts_.size();) {
            auto const found = parts_[i]->advance(doc);
            if (found == doc) {
                ++i;
                continue;
            }
            doc = found == none ? none : parts_[0]->advance(found);
            i = 1;
        }
        return doc;
    }
    Matchers parts_;
};

class Any final : public Matcher {
  public:
    explicit Any(Matchers parts) : parts_(std::move(parts)) { settle(); }
    Ordinal advance(Ordinal target) override {
        if (doc_ <= target) return doc_;
        for (auto& one : parts_) one->advance(target);
        return settle();
    }
    std::uint64_t cost() const override {
        std::uint64_t sum = 0;
        for (auto const& one : parts_) sum += one->cost();
        return sum;
    }

  private:
    Ordinal settle() {
        doc_ = none;
        for (auto const& one : parts_) doc_ = std::max(doc_, one->doc());
        return doc_;
    }
    Matchers parts_;
};

class Without final : public Matcher {
  public:
    Without(std::unique_ptr<Matcher> some, Matchers others) : some_(std::move(some)), others_(std::move(others)) {
        doc_ = settle(some_->doc());
    }
    Ordinal advance(Ordinal target) override { return doc_ <= target ? doc_ : doc_ = settle(some_->advance(target)); }
    std::uint64_t cost() const override { return some_->cost(); }

  private:
    Ordinal settle(Ordinal doc) {
        while (doc != none && std::ranges::any_of(others_, [&](auto& one) { return one->advance(doc) == doc; }))
            doc = some_->advance(doc - 1);
        return doc;
    }
    std::unique_ptr<Matcher> some_;
    Matchers others_;
};

// Terms at neighbouring places.
class Row final : public Matcher {
  public:
    explicit Row(std::vector<std::unique_ptr<List>> lists) : lists_(std::move(lists)) {
        for (std::size_t i = 0; i < lists_.size(); ++i) order_.push_back(i);
        std::ranges::sort(order_, {}, [&](std::size_t i) { return lists_[i]->cost(); });
        doc_ = settle(lists_[order_[0]]->doc());
    }
    Ordinal advance(Ordinal target) override {
        return doc_ <= target ? doc_ : doc_ = settle(lists_[order_[0]]->advance(target));
    }
    std::uint64_t cost() const override { return lists_[order_[0]]->cost(); }

  private:
    Ordinal settle(Ordinal doc) {
        auto& rarest = *lists_[order_[0]];
        while (doc != none) {
            auto least = doc;
            for (auto const i : order_) {
                least = lists_[i]->advance(doc);
                if (least != doc) break;
            }
            if (least == doc) {
                if (stand_together()) return doc;
                least = doc - 1;
            }
            doc = least == none ? none : rarest.advance(least);
        }
        return none;
    }
    bool stand_together() {
        auto const& firsts = lists_[0]->places();
        std::vector<std::size_t> at(lists_.size(), 0);
        for (auto const first : firsts) {
            bool all = true;
            for (std::size_t i = 1; i < lists_.size() && all; ++i) {
                auto const& places = lists_[i]->places();
                while (at[i] < places.size() && places[at[i]] < first + i) ++at[i];
                all = at[i] < places.size() && places[at[i]] == first + i;
            }
            if (all) return true;
        }
        return false;
    }
    std::vector<std::unique_ptr<List>> lists_;
    std::vector<std::size_t> order_;  // rarest first
};

class Maker {
  public:
    Maker(Segment const& segment, bool& cut) : segment_(segment), cut_(cut) {}

    std::unique_ptr<Matcher> clause(Clause const& clause) {
        Matchers some;
        for (auto const& one : clause.phrases) some.push_back(phrase(clause.field, one));
        if (some.size() == 1) return std::move(some[0]);
        return std::make_unique<Any>(std::move(some));
    }

  private:
    static char letter(Field field) {
        switch (field) {
            case Field::from:
                return 'f';
            case Field::to:
                return 't';
            case Field::subject:
                return 's';
            case Field::any:
                break;
        }
        return 'w';
    }

    std::unique_ptr<List> list(std::string const& term) {
        auto const facts = segment_.term(term);
        return facts ? std::make_unique<List>(segment_, *facts, has_places(term)) : nullptr;
    }

    std::unique_ptr<Matcher> phrase(Field field, Phrase const& phrase) {
        bool const exact = phrase.ending.kind == Ending::Kind::exact;
        auto terms = phrase.terms;
        if (exact) terms.push_back(phrase.ending.term);
        std::vector<std::unique_ptr<List>> lists;
        for (auto const& term : terms) {
            auto found = list(letter(field) + term);
            if (!found) return std::make_unique<Nothing>();
            lists.push_back(std::move(found));
        }
        std::unique_ptr<Matcher> row;
        if (lists.size() == 1)
            row = std::move(lists[0]);
        else if (!lists.empty())
            row = std::make_unique<Row>(std::move(lists));
        if (exact) return row;
        auto end = ending(field, phrase.ending);
        if (!row) return end;
        Matchers both;
        both.push_back(std::move(row));
        both.push_back(std::move(end));
        return std::make_unique<All>(std::move(both));
    }

    std::unique_ptr<Matcher> ending(Field field, Ending const& ending) {
        auto const type = letter(field);
        if (ending.kind == Ending::Kind::range) return range(type + ending.term, type + ending.until);
        auto const letters = letters_of(ending.term);
        auto const script = script_of(
            normalise(beginning(ending.term, 1)).empty() ? U' ' : normalise(beginning(ending.term, 1)).front().c);
        bool const is_gram = script == Script::ideographs || script == Script::hangul;
        if (field == Field::any && (is_gram ? letters == 1 : letters >= 2 && letters <= longest_prefix)) {
            auto found = list('p' + ending.term);
            if (found) return found;
            return std::make_unique<Nothing>();
        }
        return range(type + ending.term, type + ending.term + '\xFF');
    }

    std::unique_ptr<Matcher> range(std::string const& from, std::string const& until) {
        std::vector<TermFacts> lists;
        segment_.terms(from, until, [&](std::string_view, TermFacts const& facts) {
            lists.push_back(facts);
            return lists.size() < most_walked;
        });
        if (lists.empty()) return std::make_unique<Nothing>();
        if (lists.size() > most_taken) {
            std::ranges::nth_element(lists, lists.begin() + most_taken, std::greater<>(), &TermFacts::docs);
            lists.resize(most_taken);
            std::ranges::sort(lists, {}, &TermFacts::offset);
            cut_ = true;
        }
        if (lists.size() == 1) return std::make_unique<List>(segment_, lists[0], true);
        return std::make_unique<Union>(segment_, lists, true);
    }

    Segment const& segment_;
    bool& cut_;
};

}  // namespace

std::unique_ptr<Matcher> matcher_of(Segment const& segment, ParsedQuery const& query, bool& cut) {
    Maker maker(segment, cut);
    Matchers wanted, unwanted;
    for (auto const& one : query.clauses) (one.negated ? unwanted : wanted).push_back(maker.clause(one));
    if (wanted.empty()) wanted.push_back(std::make_unique<Everything>(segment.docs()));
    auto all = wanted.size() == 1 ? std::move(wanted[0]) : std::make_unique<All>(std::move(wanted));
    if (unwanted.empty()) return all;
    return std::make_unique<Without>(std::move(all), std::move(unwanted));
}

}  // namespace rapport::search
