// Renders, writes and signs letters.
#include "post/compose.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "post/templates.hpp"
#include "post/verp.hpp"

namespace rapport::post {

namespace email = channels::email;

namespace {

void address(email::Mail& mail, Correspondence&& as) {
    mail.by_person = !as.automatic;
    mail.from = std::move(as.from);
    mail.to_shown = std::move(as.to);
    mail.cc = std::move(as.cc);
    mail.reply_to = std::move(as.reply_to);
    mail.in_reply_to = std::move(as.in_reply_to);
    mail.references = std::move(as.references);
    if (!email::is_message_id(as.message_id)) return;
    auto const at = as.message_id.rfind('@');
    mail.message_id = email::MessageId(std::string_view(as.message_id).substr(1, at - 1),
                                       std::string_view(as.message_id).substr(at + 1));
}

}  // namespace

Composed compose(Claimed const& letter, std::optional<Content> words, Options const& options,
                 email::DkimSigner const* signer, Time now) {
    if (!words) {
        auto rendered = render(letter.template_name, letter.locale, letter.data, options.from.name.value());
        if (!rendered) return {{}, rendered.error()};
        words = Content{rendered->locale, std::move(rendered->subject), std::move(rendered->text),
                        std::move(rendered->html)};
    }
    auto const left = options.return_paths ? options.return_paths->message_id_left(letter.id) : to_text(letter.id);
    auto const& paths = options.return_paths;
    std::optional<EmailAddress> unsubscribe;
    if (letter.unsubscribe_url && paths && !paths->domain().empty())
        unsubscribe = paths->unsubscribe_address(letter.id);
    email::Mail mail{options.from,
                     {email::HeaderText(), letter.to},
                     email::HeaderText(words->subject),
                     letter.created_at,
                     email::MessageId(left, options.message_id_domain),
                     words->locale,
                     std::move(words->text),
                     std::move(words->html),
                     std::move(words->attachments),
                     {},
                     letter.unsubscribe_url,
                     std::move(unsubscribe),
                     letter.list};
    if (words->correspondence) address(mail, std::move(*words->correspondence));
    Bytes bytes = email::write_mail(mail);
    if (signer) bytes.insert(0, signer->sign(bytes, now));
    return {std::move(bytes), std::nullopt};
}

Task<Composed> Composers::compose(Claimed const& letter, std::optional<Content> words, Options const& options,
                                  Time now) {
    auto const kept_words = std::make_shared<std::optional<Content>>(std::move(words));
    auto const signer = options.signer ? options.signer() : nullptr;
    constexpr asio::use_awaitable_t<Executor> token{};
    co_return co_await asio::async_initiate<asio::use_awaitable_t<Executor> const, void(Composed)>(
        [](auto handler, asio::thread_pool* pool, Claimed const* what, std::shared_ptr<std::optional<Content>> says,
           Options const* with, std::shared_ptr<email::DkimSigner const> by, Time at) {
            auto const executor = asio::get_associated_executor(handler);
            auto work = asio::make_work_guard(executor);
            auto kept = std::make_shared<decltype(handler)>(std::move(handler));
            asio::post(*pool, [=, work = std::move(work), by = std::move(by)]() mutable {
                Composed made;
                try {
                    made = post::compose(*what, std::move(*says), *with, by.get(), at);
                } catch (std::exception const& failure) {
                    made.trouble = Error{ErrorKind::invalid, "letter_not_written", failure.what()};
                }
                asio::post(executor, [kept = std::move(kept), made = std::move(made)]() mutable {
                    std::move (*kept)(std::move(made));
                });
                work.reset();
            });
        },
        token, &pool_, &letter, kept_words, &options, signer, now);
}

}  // namespace rapport::post
