// Rows of what is erased.
#include "post/erase.hpp"

#include "post/sql.hpp"

namespace rapport::post {
namespace {

struct ErasedMail {
    Digest blob;
    store::Blob wrapped_key;
};
BOOST_DESCRIBE_STRUCT(ErasedMail, (), (blob, wrapped_key))

}  // namespace

void erase_mail(store::Tx& tx, store::Blobs const& blobs, InboundId id) {
    auto const mail = tx.one<ErasedMail>(sql::inbound_blob, id);
    if (!mail || mail->wrapped_key.bytes.empty()) return;
    blobs.drop(tx, mail->blob);
    tx.exec(sql::erase_inbound, id, store::BlobView{});
    tx.exec(sql::erase_inbound_recipients, id);
}

void erase_letters(store::Tx& tx, store::Blobs const& blobs, std::string_view owner, Time now) {
    forget(tx, owner, now);
    for (auto const& letter : letters_of(tx, owner)) {
        for (auto const mail : tx.all<InboundId>(sql::mails_of_bounces, letter.id)) erase_mail(tx, blobs, mail);
        tx.exec(sql::erase_bounces, letter.id, erased_address);
        tx.exec(sql::erase_letter, letter.id, erased_address);
        tx.exec(sql::erase_attempts, letter.id);
    }
}

}  // namespace rapport::post
