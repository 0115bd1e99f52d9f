// The pages for whoever comes. Looking changes nothing; a submission is acknowledged after its commit, and sent twice
// it is one. No cookie is set or asked for: the page carries what proves that it was drawn here.
#include "forms/http.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "forms/assets.hpp"
#include "forms/page.hpp"
#include "forms/sql.hpp"
#include "forms/submit.hpp"
#include "net/any_site.hpp"
#include "net/network.hpp"

namespace rapport::forms {
namespace {

using net::Request;
using net::Response;

// A form at its address, as it stands.
struct Found {
    std::optional<FormRow> row;
    std::optional<FormDefinition> definition;
};

Found find(store::Reader& reader, std::string const& slug) {
    Found out;
    if (!is_slug(slug)) return out;
    out.row = reader.one<FormRow>(sql::form_of_slug, slug);
    if (out.row && out.row->number > 0) out.definition = definition_of(reader, out.row->id, out.row->number);
    return out;
}

bool is_embedded(Request const& request) { return request.query("embed") == "1"; }

Locale language_of(Request const& request, FormDefinition const& definition) {
    return locale_for(definition, request.query("lang"), request.header("Accept-Language"));
}

// Every language, for pages that know no form.
FormDefinition const& any_language() {
    static auto const all = [] {
        FormDefinition made;
        made.locales = {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa};
        return made;
    }();
    return all;
}

Response told(Forms& forms, Request const& request, std::string name, int status, Found const* found = nullptr) {
    bool const known = found && found->definition;
    auto const& definition = known ? *found->definition : any_language();
    NotePage page{std::move(name), status, language_of(request, definition), forms.organisation()};
    if (known) page.definition = &*found->definition;
    page.embedded = is_embedded(request);
    return note_page(page);
}

// Nothing where nobody may fill it in.
std::optional<Response> refused(Forms& forms, Request const& request, Found const& found) {
    if (!found.row || !found.definition) return told(forms, request, "missing", 404);
    if (found.row->state != FormState::published) return told(forms, request, "closed", 410, &found);
    return std::nullopt;
}

Task<Expected<Response>> get_page(Forms& forms, Request& request, std::string slug) {
    auto const found = co_await forms.store().read([&](store::Reader& reader) { return find(reader, slug); });
    if (auto no = refused(forms, request, found)) co_return std::move(*no);
    FormPage page{slug, *found.definition, language_of(request, *found.definition), forms.organisation()};
    page.embedded = is_embedded(request);
    page.drawn = new_token(found.row->id, found.row->number, *found.definition, forms.clock()());
    page.token = sign(page.drawn, forms.page_key());
    co_return form_page(page);
}

Task<Expected<Response>> get_done(Forms& forms, Request& request, std::string slug) {
    auto const found = co_await forms.store().read([&](store::Reader& reader) { return find(reader, slug); });
    if (!found.row || !found.definition) co_return told(forms, request, "missing", 404);
    NotePage page{"done", 200, language_of(request, *found.definition), forms.organisation()};
    page.definition = &*found.definition;
    page.embedded = is_embedded(request);
    auto const reference = request.query("ref").value_or("");
    if (is_reference(reference)) page.reference = reference;
    co_return note_page(page);
}

// What came, and what it is to be read by.
struct Coming {
    Found found;
    Typed typed;
    PageToken token;
    bool fresh_token = false;     // theirs was no good: it must be sent once more
    FormDefinition definition{};  // of the version that they saw
    Locale locale{};
    Time now{};
};

Response again(Forms& forms, Request const& request, Coming const& coming, std::vector<Trouble> troubles,
               std::string notice, int status) {
    FormPage page{coming.found.row->slug, coming.definition, coming.locale, forms.organisation()};
    page.embedded = is_embedded(request);
    page.drawn = coming.token;
    page.token = coming.fresh_token ? sign(coming.token, forms.page_key()) : coming.typed.value("page");
    page.typed = &coming.typed;
    page.troubles = std::move(troubles);
    page.notice = std::move(notice);
    page.status = status;
    return form_page(page);
}

// A page that was drawn an hour ago may have been of another version: it is read by what its reader saw.
void know_page(store::Reader& reader, Forms& forms, Coming& coming) {
    auto const& row = *coming.found.row;
    auto token = read_token(coming.typed.value("page"), row.id, forms.page_key(), coming.now);
    auto seen = token ? definition_of(reader, row.id, token->number) : std::nullopt;
    coming.definition = seen ? std::move(*seen) : *coming.found.definition;
    if (token && seen) {
        coming.token = std::move(*token);
        return;
    }
    coming.fresh_token = true;
    // Whoever reads it a second time is not too fast.
    auto const earlier =
        coming.now - std::chrono::seconds(coming.definition.guard.value_or(FormGuard{}).least_seconds.value_or(3));
    coming.token = new_token(row.id, row.number, coming.definition, earlier);
}

bool is_proven(Coming const& coming) {
    if (coming.token.work == 0) return true;
    auto const page = coming.typed.value("page");
    return is_work(page, coming.typed.value("proof"), coming.token.work) ||
           is_sum(coming.token, coming.typed.value("question"));
}

// In another site's page the way on is a link: that site's page stays what it is.
std::string next_address(Request const& request, Coming const& coming, std::string const& reference) {
    auto const& redirect = coming.definition.redirect;
    if (redirect && is_redirect(redirect->value) && !is_embedded(request)) return redirect->value;
    return "/f/" + coming.found.row->slug + "/done?ref=" + reference + "&lang=" + to_text(coming.locale) +
           (is_embedded(request) ? "&embed=1" : "");
}

Task<Expected<Response>> send(Forms& forms, Request& request, Coming coming, Answers answers) {
    auto const& row = *coming.found.row;
    auto submission = plan_submission(forms, row, coming.definition, coming.token, answers, coming.locale, coming.now);
    submission.reasons = suspicions(coming.definition, coming.token, coming.typed, answers, coming.now);
    if (!forms.limits().by_form.take(to_text(row.id), coming.now)) submission.reasons.emplace_back("flood");
    bool const tells = says_enough(coming.definition, answers);
    auto const reasons = submission.reasons;
    auto const make = [&](store::Reader& reader) {
        submission.reasons = reasons;
        compare(reader, submission, coming.token, tells);
        prepare(forms, submission);
    };
    co_await forms.store().read(make);
    if (submission.reasons.empty() && submission.planned.confirm && submission.planned.address)
        submission.may_confirm =
            forms.limits()
                .letters_by_address.take(ascii_lower(submission.planned.address->value), coming.now)
                .has_value();
    auto const write = [&](store::Tx& tx) { return submit(tx, forms, submission); };
    auto const done = co_await forms.store().write(write);
    if (!done) {
        log::warning("form_refused", {{"form", to_text(row.id)}, {"why", done.error().text}});
        co_return again(forms, request, coming, {}, "unavailable", 503);
    }
    co_return net::see_other(next_address(request, coming, done->reference));
}

Task<Expected<Response>> post_page(Forms& forms, Request& request, std::string slug) {
    Coming coming;
    coming.now = forms.clock()();
    auto typed = read_typed(request.media_type(), request.header("Content-Type"), request.body());
    if (typed) coming.typed = std::move(*typed);
    auto const look = [&](store::Reader& reader) {
        coming.found = find(reader, slug);
        if (coming.found.row && coming.found.definition) know_page(reader, forms, coming);
    };
    co_await forms.store().read(look);
    if (auto no = refused(forms, request, coming.found)) co_return std::move(*no);
    if (!typed) co_return told(forms, request, "broken", 400, &coming.found);
    coming.locale = locale_for(coming.definition, coming.typed.value("lang"), request.header("Accept-Language"));
    if (auto const may = forms.limits().by_network.take(net::network_of(request), coming.now); !may) {
        auto page = again(forms, request, coming, {}, "often", 429);
        page.headers.add("Retry-After", std::to_string(std::max(may.error().retry_after_s, 1)));
        co_return page;
    }
    auto answers = read_answers(coming.definition, coming.typed);
    if (coming.fresh_token) co_return again(forms, request, coming, std::move(answers.troubles), "expired", 422);
    if (!is_proven(coming)) answers.troubles.push_back({"question", "question"});
    if (!answers.troubles.empty()) {
        auto troubles = std::move(answers.troubles);
        co_return again(forms, request, coming, std::move(troubles), "", 422);
    }
    try {
        co_return co_await send(forms, request, coming, std::move(answers));
    } catch (Unavailable const& fault) {
        log::warning("form_waits", {{"form", slug}, {"why", fault.what()}});
    }
    auto page = again(forms, request, coming, {}, "unavailable", 503);
    page.headers.add("Retry-After", "5");
    co_return page;
}

Task<Expected<Response>> get_embed(Forms& forms, Request& request, std::string slug) {
    auto const found = co_await forms.store().read([&](store::Reader& reader) { return find(reader, slug); });
    if (!found.row || !found.definition || found.row->state != FormState::published)
        co_return fail(ErrorKind::not_found, "not_found", "There is no such form.");
    co_return embed_script(*found.definition, slug, language_of(request, *found.definition));
}

Response asset(std::string_view name, std::string type) {
    auto response = net::bytes(Bytes(find_asset(assets(), name).value_or("")), std::move(type));
    response.cache_control = "public, max-age=600";
    return response;
}
Task<Response> get_style(Forms&, Request&) { co_return asset("style.css", "text/css; charset=utf-8"); }
Task<Response> get_script(Forms&, Request&) { co_return asset("form.js", "text/javascript; charset=utf-8"); }

}  // namespace

net::Routes public_routes(Forms& forms) {
    using net::any_site, net::anyone, net::get, net::post, net::with;
    net::RouteOptions page{.kind = net::Kind::page};
    page.problem_page = [&forms](Request const& request, Response const& problem) {
        return told(forms, request, problem.status == 413 ? "large" : "broken", problem.status);
    };
    auto sending = page;
    sending.body_limit = most_body;
    return {
        get<"/f/style.css">(anyone, "The style of the pages of forms", with(forms, get_style),
                            {.kind = net::Kind::file}),
        get<"/f/form.js">(anyone, "What the pages of forms do by themselves", with(forms, get_script),
                          {.kind = net::Kind::file}),
        get<"/f/{slug}">(anyone, "A form, for whoever fills it in", with(forms, get_page), page),
        post<"/f/{slug}">(anyone, "A form that was filled in: one submission for each page", with(forms, post_page),
                          sending),
        get<"/f/{slug}/done">(anyone, "It has arrived", with(forms, get_done), page),
        get<"/f/{slug}/embed.js">(any_site, "Puts the form on a page of another site", with(forms, get_embed),
                                  {.kind = net::Kind::file}),
    };
}

}  // namespace rapport::forms
