// The public page /rating/{token}, and what the letter says. A GET only shows: filters of mail open every link before
// its reader does, and some run what they find there, so that neither a GET nor a script may answer. The reader's click
// chooses the score in advance; the button sends it. Complete without JavaScript; no cookie is set or asked for.
#include "conversation/csat/page_view.hpp"
#include "conversation/csat/rows.hpp"
#include "conversation/http.hpp"
#include "net/throttle.hpp"

namespace rapport::conversation {
namespace {

using namespace csat;
using net::Request;
using net::Response;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::optional<Locale> asked_language(Request& request) {
    Locale locale{};
    if (auto const text = request.query("lang"); text && from_text(*text, locale)) return locale;
    return std::nullopt;
}

std::optional<std::int64_t> score_from(std::optional<std::string> const& text) {
    if (!text || text->size() != 1 || (*text)[0] < '1' || (*text)[0] > '5') return std::nullopt;
    return (*text)[0] - '0';
}

std::optional<std::string> value_of(Fields const& fields, std::string_view name) {
    for (auto const& [key, value] : fields)
        if (key == name) return value;
    return std::nullopt;
}

// What somebody typed: lines end as ours do, what no keyboard makes is left out, and it has an end.
std::string typed(std::string_view text) {
    constexpr std::size_t most = 2000;  // characters, as the page counts them
    std::string out;
    for (std::size_t count = 0; !text.empty() && count < most;) {
        std::size_t size = 1;
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
        auto const one = text.substr(0, size);
        text.remove_prefix(size);
        if (one == "\r" || !is_plain_text(one)) continue;
        out += one;
        ++count;
    }
    return out;
}

RatingPageView look(store::Reader& reader, Office const& office, std::string const& token, std::optional<Locale> locale,
                    Time now) {
    RatingPageView view{"missing", 404,  locale.value_or(Locale::en), office.courtesy.organisation, token, "", {},
                        false,     false};
    auto const id = office.tokens.rating_of(token);
    auto question = id ? find_question(reader, office, RatingId{*id}, locale) : std::nullopt;
    if (!question) return view;
    auto const row = csat::find_row(reader, RatingId{*id});
    view.locale = question->locale;
    view.stops = row->customer.has_value();
    bool const open =
        now < row->open_until && row->state != RatingState::withdrawn && row->state != RatingState::passed_over;
    if (!open) {
        view.name = "over";
        view.status = 410;
        return view;
    }
    if (auto const conversation = conversation::find_row(reader, row->conversation))
        view.subject = cover_of(office, *conversation).subject;
    view.name = row->state == RatingState::rated ? "thanks" : "ask";
    view.status = 200;
    view.question = std::move(question);
    return view;
}

Task<Expected<Response>> get_page(Conversations& module, Request& request, std::string token) {
    auto const locale = asked_language(request);
    auto const now = module.clock()();
    auto view = co_await module.store().read(
        [&](store::Reader& reader) { return look(reader, module.office(), token, locale, now); });
    // What was clicked stands chosen, and is not sent.
    if (auto const score = score_from(request.query("score")); score && view.question && view.name == "ask")
        view.question->score = score;
    co_return page_of(view);
}

// Answers of one link: whoever has it may change their mind, and not keep everybody busy who is told of it.
struct Answering {
    Conversations& module;
    net::Throttle by_rating{10, std::chrono::minutes(1)};
};

Task<Expected<Response>> post_page(std::shared_ptr<Answering> answering, Request& request, std::string token) {
    auto& module = answering->module;
    auto const locale = asked_language(request);
    auto const now = module.clock()();
    auto const fields = net::detail::form_fields(request);
    auto const score = fields ? score_from(value_of(*fields, "score")) : std::nullopt;
    auto comment = fields ? value_of(*fields, "comment") : std::nullopt;
    if (comment) comment = typed(*comment);
    auto const id = module.office().tokens.rating_of(token);
    bool good = false;
    if (id)
        if (auto const may = answering->by_rating.take(std::to_string(*id), now); !may) co_return fail(may.error());
    if (id && score) {
        NewRating wanted{*score, {}};
        if (comment) wanted.comment = Text<0, 2000>{*comment};
        auto const write = [&](store::Tx& tx) -> Expected<> {
            auto const row = csat::find_row(tx, RatingId{*id});
            Actor const actor{ActorKind::customer, row && row->customer ? row->customer->value : 0, {}};
            return rate(tx, module.office(), actor, RatingId{*id}, wanted, RatedVia::mail, now);
        };
        auto const done = co_await module.store().write(write);
        good = done.has_value();
    }
    auto view = co_await module.store().read(
        [&](store::Reader& reader) { return look(reader, module.office(), token, locale, now); });
    if (!good && view.question) {
        view.problem = true;
        view.status = 422;
        if (score) view.question->score = score;
        if (comment) view.question->comment = *comment;
    }
    co_return page_of(view);
}

// RFC 8058 §3.2, and the page's own button.
Task<Expected<Response>> post_stop(Conversations& module, Request& request, std::string token) {
    auto const locale = asked_language(request);
    auto const now = module.clock()();
    auto const id = module.office().tokens.rating_of(token);
    if (id) {
        auto const write = [&](store::Tx& tx) { return refuse(tx, module.office(), RatingId{*id}, now), 0; };
        co_await module.store().write(write);
    }
    auto view = co_await module.store().read(
        [&](store::Reader& reader) { return look(reader, module.office(), token, locale, now); });
    if (view.name != "missing") view.name = "stopped", view.status = 200;
    view.question.reset();
    view.stops = false;
    co_return page_of(view);
}

Task<Response> get_style(Conversations&, Request&) { co_return style_sheet(); }

}  // namespace

net::Routes rating_pages(Conversations& module) {
    net::RouteOptions const options{.kind = net::Kind::page, .secret_path = true};
    auto const answering = std::make_shared<Answering>(module);
    return {
        net::get<"/rating/style.css">(net::anyone, "The style of the rating's page", net::with(module, get_style),
                                      {.kind = net::Kind::file}),
        net::get<"/rating/{token}">(net::anyone, "Asks how somebody was helped; looking answers nothing",
                                    net::with(module, get_page), options),
        // Where a mail program opens what it should have sent (RFC 2369 §3.2), and what languages lead to.
        net::get<"/rating/{token}/stop">(net::anyone, "Asks whether to be asked no more; looking stops nothing",
                                         net::with(module, get_page), options),
        net::post<"/rating/{token}">(
            net::anyone, "Answers, or changes the answer",
            [answering](Request& request, std::string token) {
                return post_page(answering, request, std::move(token));
            },
            options),
        net::post<"/rating/{token}/stop">(net::anyone, "Asks to be asked no more (RFC 8058)",
                                          net::with(module, post_stop), options),
    };
}

// ---- the letter

namespace {

struct LetterWords {
    Question question;
    std::string subject;
    MailboxRow mailbox;
    Locale locale{};
    std::optional<EmailAddress> reply_to;
};

Expected<LetterWords> words_for(store::Reader& reader, Office const& office, post::LetterKey const& key) {
    RatingId id;
    auto const row = from_text(key.owner, id) ? csat::find_row(reader, id) : std::nullopt;
    auto const conversation = row ? conversation::find_row(reader, row->conversation) : std::nullopt;
    auto const mailbox = conversation ? find_mailbox(reader, conversation->mailbox) : std::nullopt;
    if (!mailbox || row->state != RatingState::asked)
        return fail(ErrorKind::not_found, "not_found", "Nobody is asked any more.");
    if (!conversation->wrapped_key) return fail(content_erased());
    LetterWords words{question_from(reader, office, *row, std::nullopt),
                      cover_of(office, *conversation).subject,
                      *mailbox,
                      row->locale,
                      {}};
    ParticipantId participant;
    auto const* said = key.data.if_contains("participant");
    if (said && said->is_string() && from_text(std::string_view(said->get_string()), participant))
        words.reply_to = office.tokens.reply_address(mailbox->address, participant);
    return words;
}

post::Content content_of(Office const& office, LetterWords const& words, EmailAddress const& to) {
    auto letter =
        letter_of(words.question, words.subject,
                  office.courtesy.public_url + "/rating/" + office.tokens.rating_token(words.question.id.value));
    post::Content made{words.locale, std::move(letter.subject), std::move(letter.text), std::move(letter.html), {}};
    post::Correspondence as;
    as.from = {channels::email::HeaderText(words.mailbox.name), words.mailbox.address};
    as.to = {{channels::email::HeaderText(""), to}};
    as.reply_to = words.reply_to;
    as.automatic = true;
    made.correspondence = std::move(as);
    return made;
}

}  // namespace

Task<std::vector<Expected<post::Draw>>> Conversations::load_rating_letters(std::vector<post::LetterKey> keys) {
    auto found = co_await store_.read([&](store::Reader& reader) {
        std::vector<Expected<LetterWords>> all;
        for (auto const& key : keys) all.push_back(words_for(reader, office_, key));
        return all;
    });
    std::vector<Expected<post::Draw>> draws;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) {
            draws.emplace_back(fail(found[i].error()));
            continue;
        }
        EmailAddress to;
        auto const* said = keys[i].data.if_contains("to");
        if (said && said->is_string()) from_text(std::string_view(said->get_string()), to);
        auto made = content_of(office_, *found[i], to);
        draws.emplace_back(post::Draw([made]() -> Task<Expected<post::Content>> { co_return made; }));
    }
    co_return draws;
}

}  // namespace rapport::conversation
