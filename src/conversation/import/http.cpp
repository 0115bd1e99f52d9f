// The API's adapters for old mailboxes.
#include "conversation/http.hpp"
#include "base/log.hpp"
#include "conversation/import/import.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Query;
using net::Request;

struct BatchQuery {
    std::string from, to;
};
BOOST_DESCRIBE_STRUCT(BatchQuery, (), (from, to))

struct JudgeQuery {
    MailboxId mailbox;
    bool sent = false;
};
BOOST_DESCRIBE_STRUCT(JudgeQuery, (), (mailbox, sent))

Task<Expected<Page<ImportView>>> get_imports(Conversations& module, Request&) {
    auto found = co_await module.store().read([](store::Reader& reader) { return list_imports(reader, 200); });
    co_return Page<ImportView>{std::move(found)};
}

Task<Expected<ImportView>> get_import(Conversations& module, Request&, ImportId id) {
    co_return co_await module.store().read([&](store::Reader& reader) { return find_import(reader, id); });
}

Task<Expected<Created<ImportView>>> post_import(Conversations& module, Request& http, Body<NewImport> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return begin_import(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

// One mail that cannot be written must not stop the others.
Task<Expected<ImportStep>> take_singly(Conversations& module, Act act, ImportId id, std::string from, std::string to,
                                       PreparedOldMails mails) {
    std::vector<ImportTrouble> troubles;
    for (std::size_t i = 0; i < mails.size(); ++i) {
        auto const one = std::span(mails).subspan(i, 1);
        auto const take = [&](store::Tx& tx) { return take_old_mails(tx, module.office(), act, id, from, from, one); };
        std::string trouble;
        try {
            auto const done = co_await module.store().write(take);
            if (!done) co_return done;
        } catch (Unavailable const&) {
            throw;
        } catch (std::exception const& failure) {
            trouble = failure.what();
        }
        if (trouble.empty()) continue;
        log::warning("old_mail_not_taken", {{"import", to_text(id)}, {"why", trouble}});
        troubles.push_back({static_cast<std::int64_t>(i), std::move(trouble)});
    }
    auto const step = [&](store::Tx& tx) {
        return take_old_mails(tx, module.office(), act, id, from, to, {}, troubles);
    };
    co_return co_await module.store().write(step);
}

Task<Expected<ImportStep>> post_mails(Conversations& module, Request& http, ImportId id, Query<BatchQuery> query) {
    auto const act = people::act_of(http);
    auto const body = http.take_body();
    auto const read = [&](store::Reader&) -> Expected<PreparedOldMails> {
        auto const mails = read_batch(body);
        if (!mails) return fail(mails.error());
        return prepare_old_mails(module.office(), *mails, act.now);
    };
    auto const mails = co_await module.store().read(read);
    if (!mails) co_return fail(mails.error());
    auto const take = [&](store::Tx& tx) {
        return take_old_mails(tx, module.office(), act, id, query->from, query->to, *mails);
    };
    bool taken = false;
    Expected<ImportStep> done;
    try {
        done = co_await module.store().write(take);
        taken = true;
    } catch (Unavailable const&) {
        throw;
    } catch (std::exception const& failure) {
        log::warning("old_mails_not_taken", {{"import", to_text(id)}, {"why", failure.what()}});
    }
    if (!taken) done = co_await take_singly(module, act, id, query->from, query->to, *mails);
    co_return done;
}

Task<Expected<ImportCounts>> post_judgement(Conversations& module, Request& http, Query<JudgeQuery> query) {
    auto const body = http.take_body();
    auto const now = module.clock()();
    co_return co_await module.store().read([&](store::Reader& reader) -> Expected<ImportCounts> {
        auto const mails = read_batch(body);
        if (!mails) return fail(mails.error());
        NewImport wanted;
        wanted.mailbox = query->mailbox;
        wanted.sent = query->sent;
        return judge_old_mails(reader, module.office(), wanted, prepare_old_mails(module.office(), *mails, now));
    });
}

Task<Expected<ImportView>> post_end(Conversations& module, Request& http, ImportId id) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return finish_import(tx, act, id); });
}

}  // namespace

net::Routes import_routes(Conversations& module) {
    using namespace people;
    using net::get, net::post, net::with;
    return {
        get<"/v1/imports">(may_manage_mailboxes, "Old mailboxes that were brought in", with(module, get_imports)),
        post<"/v1/imports">(may_manage_mailboxes, "Begin to bring an old mailbox in, or go on",
                            with(module, post_import)),
        get<"/v1/imports/{id}">(may_manage_mailboxes, "How far it is, and what came of it", with(module, get_import)),
        post<"/v1/imports/{id}/mails">(may_manage_mailboxes, "Hand over mails of it: before each a line of JSON",
                                       with(module, post_mails),
                                       {.kind = net::Kind::upload, .body_limit = most_import_octets}),
        post<"/v1/imports/{id}/end">(may_manage_mailboxes, "It is at its end", with(module, post_end)),
        post<"/v1/import-judgement">(may_manage_mailboxes, "What would become of such mails; nothing is written",
                                     with(module, post_judgement),
                                     {.kind = net::Kind::upload, .body_limit = most_import_octets}),
    };
}

}  // namespace rapport::conversation
