// The public page /u/{token}: unsubscribing by one click (RFC 8058) and the customer's own preferences. Complete
// without JavaScript. Looking changes nothing, so scanners of links may; every change is a POST. The link, which only
// the reader of the letter has, is the proof; no cookie is set or asked for. It shows nothing personal but a masked
// address.
#include <algorithm>

#include "net/net.hpp"
#include "preferences/assets.hpp"
#include "preferences/http.hpp"
#include "preferences/page_view.hpp"

namespace rapport::preferences {
namespace {

using net::Request;
using net::Response;
using Fields = std::vector<std::pair<std::string, std::string>>;

// A look through a link, in one snapshot.
struct Visit {
    std::string token;
    Time now{};
    std::optional<Locale> asked;  // ?lang=
    std::optional<Error> refused;
    Links::Opened link;
    std::optional<CustomerId> customer;
    std::optional<Category> category;  // what the letter, or the consent, was about
    std::optional<Consent> consent;
    std::string address;
    std::optional<PreferencesView> preferences;
    std::vector<Category> categories;

    bool may_stop() const {
        return link.what == LinkFor::notice && category && rule_of(category->class_).may_be_refused;
    }
    bool wants() const {
        auto const found = std::ranges::find(preferences->choices, category->name, &ChoiceView::category);
        return found == preferences->choices.end() || found->wanted;
    }
};

Category category_named(store::Reader& reader, std::string const& name, Class class_) {
    auto known = find_category(reader, name);
    if (!known) known = Category{name, class_, {}, {}, 0, false, {}, {}, {}};
    return *known;
}

void find_subject(store::Reader& reader, Desk const& desk, Visit& visit) {
    if (visit.link.what == LinkFor::customer) {
        visit.customer = CustomerId{visit.link.subject};
    } else if (visit.link.what == LinkFor::consent) {
        visit.consent = find_consent(reader, ConsentId{visit.link.subject});
        if (!visit.consent) return;
        visit.customer = visit.consent->customer;
        visit.category = category_named(reader, visit.consent->category, Class::promotional);
    } else if (auto const about =
                   desk.find_notice.by_number ? desk.find_notice.by_number(reader, visit.link.subject) : std::nullopt) {
        visit.customer = about->customer;
        visit.category = category_named(reader, about->category, about->class_);
    }
}

Visit look(store::Reader& reader, Desk const& desk, std::string const& token, std::optional<Locale> asked, Time now) {
    Visit visit{token, now, asked, {}, {}, {}, {}, {}, {}, {}, {}};
    auto const opened = desk.links.open(token, now);
    if (!opened) {
        visit.refused = opened.error();
        return visit;
    }
    visit.link = *opened;
    find_subject(reader, desk, visit);
    auto found = visit.customer ? find_preferences(reader, *visit.customer, desk.settings.zone, now)
                                : Expected<PreferencesView>(fail(ErrorKind::not_found, "not_found", ""));
    if (!found) {
        visit.refused = found.error();
        return visit;
    }
    visit.preferences = std::move(*found);
    auto const addresses = people::addresses_of(reader, *visit.customer);
    visit.address = people::masked(visit.consent       ? visit.consent->address
                                   : addresses.empty() ? std::string()
                                                       : addresses.front().value);
    visit.categories = list_categories(reader);
    return visit;
}

PageView begin(Desk const& desk, Visit const& visit, std::string name, int status = 200) {
    PageView view{std::move(name), status};
    view.locale = visit.asked ? *visit.asked : visit.preferences ? visit.preferences->locale : desk.settings.locale;
    view.token = visit.token;
    view.address = visit.address;
    view.category = visit.category;
    return view;
}

void add_preferences(PageView& view, Visit const& visit) {
    view.preferences = visit.preferences;
    view.categories = visit.categories;
}

PageView refused_page(Desk const& desk, Visit const& visit) {
    bool const old = visit.refused->code == "link_expired";
    return begin(desk, visit, old ? "expired" : "missing", old ? 410 : 404);
}

PageView consent_page(Desk const& desk, Visit const& visit) {
    auto const& consent = *visit.consent;
    if (consent.state == ConsentState::given) {
        auto view = begin(desk, visit, "confirmed");
        view.given_at = consent.given_at;
        add_preferences(view, visit);
        return view;
    }
    if (consent.state != ConsentState::pending || visit.now >= consent.lapses_at.value_or(visit.now))
        return begin(desk, visit, "over", 410);
    auto view = begin(desk, visit, "confirm");
    view.wording = consent.wording;
    view.button_name = "action";
    view.button_value = "confirm";
    return view;
}

PageView overview(Desk const& desk, Visit const& visit) {
    auto view = begin(desk, visit, "overview");
    add_preferences(view, visit);
    return view;
}

// What a GET shows: changes nothing.
PageView page_for(Desk const& desk, Visit const& visit) {
    if (visit.refused) return refused_page(desk, visit);
    if (visit.consent) return consent_page(desk, visit);
    if (!visit.may_stop()) return overview(desk, visit);
    auto view = begin(desk, visit, visit.wants() ? "stop" : "stopped");
    if (visit.wants()) {
        view.button_name = "List-Unsubscribe";
        view.button_value = "One-Click";
    }
    add_preferences(view, visit);
    return view;
}

// ---- saving

struct Wanted {
    NewPreferences preferences;
    std::vector<std::string> agreed;  // promotional categories that were ticked
    bool readable = true;
};

std::string value_of(Fields const& fields, std::string_view name) {
    for (auto const& [key, value] : fields)
        if (key == name) return value;
    return {};
}

bool read_window(Fields const& fields, std::size_t number, QuietHours& hours) {
    auto const n = std::to_string(number);
    auto const from = value_of(fields, "from." + n), until = value_of(fields, "until." + n);
    if (from.empty() && until.empty()) return true;
    QuietWindow window;
    for (auto const& [key, value] : fields)
        if (key == "days." + n) {
            auto const day = json::enum_from<Day>(value);
            if (!day) return false;
            window.days.push_back(*day);
        }
    // Browsers may add seconds.
    bool const good = from_text(std::string_view(from).substr(0, 5), window.from) &&
                      from_text(std::string_view(until).substr(0, 5), window.until);
    hours.push_back(std::move(window));
    return good;
}

void read_choices(Fields const& fields, Visit const& visit, Wanted& wanted) {
    auto& choices = wanted.preferences.choices.emplace();
    for (auto const& [key, name] : fields) {
        if (key != "shown") continue;
        auto const now = std::ranges::find(visit.preferences->choices, name, &ChoiceView::category);
        if (now == visit.preferences->choices.end() || !now->may_be_changed) continue;
        bool const ticked = std::ranges::find(fields, std::pair(std::string("want"), name)) != fields.end();
        if (ticked == now->wanted) continue;
        if (ticked && rule_of(now->class_).needs_consent)
            wanted.agreed.push_back(name);
        else
            choices.push_back({{name}, Channel::email, ticked});
    }
}

Wanted read_form(Fields const& fields, Settings const& settings, Visit const& visit) {
    Wanted wanted;
    auto& made = wanted.preferences;
    Locale locale{};
    if (from_text(value_of(fields, "locale"), locale)) made.locale = locale;
    if (auto zone = value_of(fields, "zone"); !zone.empty()) made.time_zone = Text<1, 64>{std::move(zone)};
    auto& hours = made.quiet_hours.emplace();
    for (std::size_t n = 1; n <= most_windows; ++n) wanted.readable = read_window(fields, n, hours) && wanted.readable;
    auto const before = visit.preferences->paused_until;
    auto const zone = made.time_zone ? made.time_zone->value : settings.zone;
    auto const old_zone = visit.preferences->time_zone.value_or(settings.zone);
    if (auto const day = value_of(fields, "pause"); !day.empty()) {
        bool const same = before && day == day_until(old_zone, *before);
        auto const start = start_of_day(zone, day);
        wanted.readable = wanted.readable && start;
        made.paused_until = same ? before : start;
    }
    read_choices(fields, visit, wanted);
    return wanted;
}

Expected<> save(store::Tx& tx, Desk const& desk, Act const& act, Visit const& visit, Wanted const& wanted) {
    auto const done = set_preferences(tx, desk.settings, act, *visit.customer, wanted.preferences, How::page);
    if (!done) return fail(done.error());
    auto const locale = visit.asked.value_or(visit.preferences->locale);  // the words as they were shown
    for (auto const& name : wanted.agreed) {
        auto const category = find_category(tx, name);
        if (!category) continue;
        NewConsent consent;
        consent.category.value = name;
        consent.method = Method::page;
        consent.wording = {
            {agreement_words(desk.settings, *category, locale)}, {std::string(agreement_version)}, locale};
        consent.source = Text<1, 500>{desk.settings.public_url + "/u/"};
        if (auto const given = add_consent(tx, desk, act, *visit.customer, consent, How::page); !given)
            return fail(given.error());
    }
    return {};
}

// ---- the handlers

std::optional<Locale> asked_language(Request& request) {
    Locale locale{};
    if (auto const text = request.query("lang"); text && from_text(*text, locale)) return locale;
    return std::nullopt;
}

Task<Expected<Response>> get_page(Preferences& module, Request& request, std::string token) {
    auto const& desk = module.desk();
    auto const asked = asked_language(request);
    auto const now = module.clock()();
    auto const visit =
        co_await module.store().read([&](store::Reader& reader) { return look(reader, desk, token, asked, now); });
    co_return page_of(desk.settings, page_for(desk, visit));
}

// One transaction: looks, changes, looks again.
struct Answered {
    Visit visit;
    std::string name;  // of the page; empty: what a GET shows
    bool saved = false, problem = false;
};

Answered stop(store::Tx& tx, Desk const& desk, Act const& act, Visit const& visit) {
    (void)refuse(tx, desk.settings, act, *visit.customer, visit.category->name, How::one_click);
    return {look(tx, desk, visit.token, visit.asked, visit.now), "", false, false};
}

Answered confirm_consent(store::Tx& tx, Desk const& desk, Act const& act, Visit const& visit) {
    (void)confirm(tx, desk.settings, act, visit.consent->id);
    return {look(tx, desk, visit.token, visit.asked, visit.now), "", false, false};
}

// What the reader typed stands on the page again.
void keep_typed(Visit& visit, Wanted const& wanted) {
    auto& view = *visit.preferences;
    if (wanted.preferences.locale) view.locale = *wanted.preferences.locale;
    view.quiet_hours = wanted.preferences.quiet_hours.value_or(QuietHours());
    view.paused_until = wanted.preferences.paused_until;
    for (auto& choice : view.choices) {
        for (auto const& changed : *wanted.preferences.choices)
            if (changed.category.value == choice.category) choice.wanted = changed.wanted;
        if (std::ranges::find(wanted.agreed, choice.category) != wanted.agreed.end()) choice.wanted = true;
    }
}

// A failure rolls the transaction back, so the caller draws the page from what was typed.
Expected<Answered> act_on(store::Tx& tx, Desk const& desk, Act act, Visit visit, Fields const& fields) {
    if (visit.refused) return Answered{std::move(visit), "", false, false};
    act.actor = {ActorKind::customer, visit.customer->value, {}};
    bool const one_click = value_of(fields, "List-Unsubscribe") == "One-Click";
    auto const action = value_of(fields, "action");
    if (one_click && visit.may_stop()) return stop(tx, desk, act, visit);
    if (action == "confirm" && visit.consent) return confirm_consent(tx, desk, act, visit);
    bool const pending = visit.consent && visit.consent->state != ConsentState::given;
    if (action != "save" || pending) return Answered{std::move(visit), "wrong", false, false};
    auto const wanted = read_form(fields, desk.settings, visit);
    auto const done =
        wanted.readable ? save(tx, desk, act, visit, wanted) : Expected<>(fail(ErrorKind::invalid, "", ""));
    if (!done) return fail(done.error());
    auto const asked = wanted.preferences.locale != visit.preferences->locale ? std::nullopt : visit.asked;
    return Answered{look(tx, desk, visit.token, asked, visit.now), "overview", true, false};
}

Task<Expected<Response>> post_page(Preferences& module, Request& request, std::string token) {
    auto const& desk = module.desk();
    auto const asked = asked_language(request);
    auto const fields = net::detail::form_fields(request);
    auto act = people::act_of(request);
    act.now = module.clock()();
    if (!fields) {
        Visit const nothing{token, act.now, asked, {}, {}, {}, {}, {}, {}, {}, {}};
        co_return page_of(desk.settings, begin(desk, nothing, "wrong", 400));
    }
    auto answered = co_await module.store().write([&](store::Tx& tx) -> Expected<Answered> {
        return act_on(tx, desk, act, look(tx, desk, token, asked, act.now), *fields);
    });
    if (!answered) {
        auto visit = co_await module.store().read(
            [&](store::Reader& reader) { return look(reader, desk, token, asked, act.now); });
        if (visit.refused) co_return page_of(desk.settings, refused_page(desk, visit));
        keep_typed(visit, read_form(*fields, desk.settings, visit));
        answered = Answered{std::move(visit), "overview", false, true};
    }
    auto const& visit = answered->visit;
    auto view = answered->name.empty() ? page_for(desk, visit) : begin(desk, visit, answered->name);
    if (answered->name == "overview") add_preferences(view, visit);
    if (answered->name == "wrong") view.status = 400;
    view.saved = answered->saved;
    view.problem = answered->problem;
    if (view.problem) view.status = 422;
    co_return page_of(desk.settings, view);
}

Task<Response> get_style(Preferences&, Request&) {
    auto response = net::bytes(Bytes(find_asset(assets(), "style.css").value_or("")), "text/css; charset=utf-8");
    response.cache_control = "public, max-age=3600";
    co_return response;
}

}  // namespace

net::Routes page_routes(Preferences& module) {
    net::RouteOptions const page_options{.kind = net::Kind::page, .secret_path = true};
    return {
        net::get<"/u/style.css">(net::anyone, "The style of the page of preferences", net::with(module, get_style),
                                 {.kind = net::Kind::file}),
        net::get<"/u/{token}">(net::anyone, "Unsubscribing and a customer's own preferences",
                               net::with(module, get_page), page_options),
        net::post<"/u/{token}">(net::anyone, "Unsubscribes (RFC 8058), saves preferences, confirms a consent",
                                net::with(module, post_page), page_options),
    };
}

}  // namespace rapport::preferences
