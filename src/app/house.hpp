// The house: every module, built floor by floor, each from those below it. Nothing runs yet: serve.cpp starts it;
// command-line verbs and fsck use the parts they need.
#pragma once

#include <memory>
#include <optional>

#include "app/config.hpp"
#include "app/feed.hpp"
#include "conversation/conversation.hpp"
#include "delivery/delivery.hpp"
#include "delivery/ways.hpp"
#include "desk/desk.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/http.hpp"
#include "evidence/keys.hpp"
#include "evidence/stamping.hpp"
#include "forms/forms.hpp"
#include "knowledge/reading/reading.hpp"
#include "live/live.hpp"
#include "net/client.hpp"
#include "notice/bulk.hpp"
#include "notice/notice.hpp"
#include "notice/schedule.hpp"
#include "people/access.hpp"
#include "post/bounce.hpp"
#include "post/http.hpp"
#include "post/inbound_http.hpp"
#include "post/mail_desk.hpp"
#include "post/pickup.hpp"
#include "post/post.hpp"
#include "preferences/preferences.hpp"
#include "search/ranked.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"
#include "store/store.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::app {

// What the keys that sign mails follow.
post::SigningOptions signing_options(Config const& config);

class House {
  public:
    // Throws with a text for the operator: a broken key, a locked database, a certificate that has expired.
    House(Config config, store::Role role);

    Config const config;

    // floor 1
    store::Keyring keyring;
    std::unique_ptr<store::Store> store;
    store::Blobs blobs;
    net::HttpClient http;

    // floor 2
    evidence::KeyStore keys;
    evidence::Sealer sealer;
    evidence::NoteSigner notes;
    evidence::Prover prover;
    evidence::PublicLog public_log;
    std::shared_ptr<evidence::TimeStampAuthority const> tsa;  // none when another one is configured
    evidence::Stamper stamper;
    people::Access access;

    // floors 3 and 4
    net::HttpClient policy_http;  // fetches MTA-STS policies
    post::SigningKeys signing;
    std::unique_ptr<post::Post> post;
    post::PostOffice post_office;
    post::Inbound inbound;
    post::PickUps pickups;
    post::Bounces bounces;
    post::ReturnsDesk returns_desk;
    post::MailDesk mail_desk;
    std::shared_ptr<notice::Shelf const> shelf;  // of templates: deliveries draw plain notices from it
    std::shared_ptr<delivery::Ways const> ways;  // in which people prove who they are
    delivery::Deliveries deliveries;
    preferences::Preferences preferences;
    conversation::Conversations conversations;
    knowledge::Knowledge knowledge;
    knowledge::Reading reading;
    std::unique_ptr<search::Keeper> keeper;  // of the search index; none in commands
    std::unique_ptr<search::Ranked> ranked;  // over the same index: what readers look for

    // floor 5
    live::Live live;
    forms::Forms forms;
    desk::Desk desk;
    webhooks::Webhooks webhooks;
    notice::Notices notices;
    notice::Bulks bulks;
    notice::Schedules schedules;

    Feed feed;
};

// Keys that signed the log before, for checkpoints from that time.
std::vector<evidence::NoteKey> earlier_log_keys(House const& house);

}  // namespace rapport::app
