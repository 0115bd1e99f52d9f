// Building the house: configuration in, modules out, lowest floor first.
#include "app/house.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "app/antivirus.hpp"
#include "app/open_store.hpp"
#include "app/searching.hpp"
#include "app/ways.hpp"
#include "delivery/packaging.hpp"
#include "evidence/stamper_http.hpp"
#include "preferences/wire.hpp"
#include "store/kept_keys.hpp"

namespace rapport::app {
namespace {

template <class T>
T or_stop(Expected<T> result) {
    if (!result) throw std::runtime_error(explain(result.error()));
    return std::move(*result);
}

Bytes contents_of(std::string const& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file + " cannot be read.");
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

std::filesystem::path in_data(Config const& config, char const* name) {
    std::filesystem::create_directories(config.data);
    return std::filesystem::path(config.data) / name;
}

std::string host_of(std::string const& url) {
    auto const host = url.substr(url.find("://") + 3);
    return host.substr(0, host.find_first_of(":/"));
}

std::string organisation_of(Config const& config) { return config.organisation.name; }

evidence::KeyStore open_keys(Config const& config) {
    auto keys = or_stop(evidence::KeyStore::open(in_data(config, "keys")));
    if (auto const made = keys.make_missing(organisation_of(config), system_now()); !made)
        throw std::runtime_error(explain(made.error()));
    return keys;
}

evidence::Issuer issuer_of(Config const& config) {
    evidence::Issuer issuer{config.evidence.issuer.empty() ? organisation_of(config) : config.evidence.issuer};
    if (!config.evidence.policy.empty()) issuer.policies.push_back(config.evidence.policy);
    return issuer;
}

std::string log_origin(Config const& config) {
    return config.evidence.log_origin.empty() ? host_of(config.public_url) + "/log" : config.evidence.log_origin;
}

std::shared_ptr<evidence::TimeStampAuthority const> own_tsa(Config const& config, evidence::KeyStore const& keys) {
    if (!config.evidence.tsa_url.empty()) return nullptr;
    auto const key = or_stop(keys.tsa_key(system_now()));
    return std::make_shared<evidence::TimeStampAuthority const>(
        or_stop(evidence::TimeStampAuthority::open(key.key_pem, key.chain_pem, system_now())));
}

evidence::Stamper stamper_of(Config const& config, std::shared_ptr<evidence::TimeStampAuthority const> const& own,
                             net::HttpClient& http) {
    if (own) return evidence::built_in_stamper(own, system_now);
    auto trust = std::make_shared<evidence::Trust>();
    if (auto const added = trust->add_root(contents_of(config.evidence.tsa_roots)); !added)
        throw std::runtime_error(explain(added.error()));
    return evidence::http_stamper(http, config.evidence.tsa_url, std::move(trust));
}

net::HttpClientOptions client_options(Config const& config) {
    net::HttpClientOptions options;
    if (config.evidence.tsa_private_network) options.allowed_private.push_back(host_of(config.evidence.tsa_url));
    for (auto const& host : config.webhooks.private_hosts) options.allowed_private.push_back(host);
    for (auto const& provider : config.identity_provider)
        if (provider.private_network) options.allowed_private.push_back(host_of(provider.issuer));
    return options;
}

channels::email::TransportOptions transport_of(MailConfig const& mail) {
    channels::email::TransportOptions options;
    if (!mail.hello.empty()) options.helo_name = mail.hello;
    if (!mail.smart_host.empty()) {
        auto const at = or_stop(parse_host_port(mail.smart_host));
        options.smart_host = {at.host, at.port, mail.user, {}};
        if (!mail.user.empty()) options.smart_host->password = trimmed(contents_of(mail.password_file));
    }
    options.tls = mail.tls == "off"        ? channels::email::TlsPolicy::off
                  : mail.tls == "required" ? channels::email::TlsPolicy::required
                                           : channels::email::TlsPolicy::opportunistic;
    options.ca_file = mail.ca_file;
    for (std::size_t i = 0; i < mail.fallback_hosts.size(); ++i) {
        auto const at = or_stop(parse_host_port(mail.fallback_hosts[i]));
        channels::email::SmartHost host{at.host, at.port};
        if (i < mail.fallback_users.size() && !mail.fallback_users[i].empty()) {
            host.user = mail.fallback_users[i];
            host.password = trimmed(contents_of(mail.fallback_password_files[i]));
        }
        options.fallbacks.push_back(std::move(host));
    }
    options.dns_server = mail.dns;
    options.dns_trust_anchor = mail.dns_trust_anchor;
    options.mx_port = static_cast<std::uint16_t>(mail.mx_port);
    options.sts.port = static_cast<std::uint16_t>(mail.mta_sts_port);
    return options;
}

post::SuppressionPolicy suppression_policy(SuppressionConfig const& config) {
    post::SuppressionPolicy policy;
    policy.hard = std::chrono::days(config.hard_days);
    policy.complaint = std::chrono::days(config.complaint_days);
    policy.soft = std::chrono::days(config.soft_days);
    policy.soft_bounces = config.soft_bounces;
    policy.soft_window = std::chrono::days(config.soft_window_days);
    policy.legal_anyway = config.legal_anyway;
    return policy;
}

post::ReturnPaths return_paths(Config const& config, store::Keyring const& keyring, store::Store& store) {
    auto earlier = store.read_now([&](store::Reader& reader) {
        return store::kept_keys(reader, keyring, post::return_path_purpose, system_now());
    });
    return {keyring.derive(post::return_path_purpose), config.inbound.bounce_domain, std::move(earlier)};
}

post::PickUpOptions pickup_options(Config const& config) {
    post::PickUpOptions options;
    options.dns = transport_of(config.mail);
    options.limits.ca_file = config.mail.ca_file;
    options.limits.mail = static_cast<std::size_t>(config.inbound.max_mail_mb) << 20;
    return options;
}

post::InboundOptions inbound_options(Config const& config) {
    post::InboundOptions options;
    options.keep = std::chrono::days(config.inbound.keep_days);
    return options;
}

net::HttpClientOptions policy_client_options(MailConfig const& mail) {
    net::HttpClientOptions options;
    options.certificate_authorities = mail.mta_sts_ca_file;
    options.allowed_private = mail.mta_sts_private;
    return options;
}

EmailAddress from_of(Config const& config) {
    EmailAddress from;
    require(from_text(config.mail.from, from), "the configuration was checked");
    return from;
}

post::DomainToCheck domain_to_check(Config const& config) {
    post::DomainToCheck what;
    what.domain = from_of(config).domain();
    what.bounce_domain = config.inbound.bounce_domain;
    what.mail_host = config.mail.hello.empty() ? host_of(config.public_url) : config.mail.hello;
    what.addresses = config.mail.addresses;
    if (!config.mail.smart_host.empty()) what.smart_hosts.push_back(parse_host_port(config.mail.smart_host)->host);
    for (auto const& host : config.mail.fallback_hosts) what.smart_hosts.push_back(parse_host_port(host)->host);
    return what;
}

post::Options post_options(Config const& config, post::ReturnPaths paths, net::HttpClient& policies,
                           post::SigningKeys const& signing) {
    post::Options options;
    options.return_paths = std::make_shared<post::ReturnPaths const>(std::move(paths));
    options.suppression = suppression_policy(config.suppression);
    options.transport = transport_of(config.mail);
    if (config.mail.mta_sts) options.transport.sts.http = &policies;
    if (config.mail.dkim) options.signer = [&signing] { return signing.signer(); };
    auto const from = from_of(config);
    options.from = {channels::email::HeaderText(organisation_of(config)), from};
    options.message_id_domain = std::string(from.domain());
    options.marks = in_data(config, "marks");
    options.connections_per_destination = static_cast<std::size_t>(config.mail.connections);
    return options;
}

Locale language_of(Config const& config) {
    Locale locale{};
    require(from_text(config.organisation.language, locale), "the configuration was checked");
    return locale;
}

preferences::Settings preference_settings(Config const& config) {
    preferences::Settings settings;
    settings.organisation = organisation_of(config);
    settings.public_url = config.public_url;
    settings.zone = config.organisation.time_zone;
    settings.locale = language_of(config);
    settings.link_life = std::chrono::days(config.preferences.link_days);
    settings.confirm_life = std::chrono::days(config.preferences.confirm_days);
    using Remote = preferences::Settings::Remote;
    settings.remote = config.preferences.keep_remote == "none"   ? Remote::none
                      : config.preferences.keep_remote == "full" ? Remote::full
                                                                 : Remote::truncated;
    return settings;
}

preferences::Desk preference_desk(House const& house, store::Role role) {
    auto settings = preference_settings(house.config);
    auto const key = preferences::Links::key_of(*house.store, house.keyring, role == store::Role::server, system_now());
    preferences::Links links(key, settings.public_url, settings.link_life);
    return {std::move(settings), std::move(links)};
}

// Customers are asked how they were helped as they wish to be written to.
conversation::Courtesy courtesy_of(House& house) {
    using May = conversation::Courtesy::May;
    static constexpr std::string_view category = "surveys";
    conversation::Courtesy courtesy;
    courtesy.organisation = organisation_of(house.config);
    courtesy.public_url = house.config.public_url;
    courtesy.suppression = suppression_policy(house.config.suppression);
    auto const& settings = house.preferences.desk().settings;
    courtesy.may_ask = [&settings](store::Reader& reader, people::CustomerId customer, Time now) {
        preferences::Wish const wish{.customer = customer, .category = category, .due = now};
        auto const decided = preferences::decide(reader, wish, settings.zone);
        if (decided.verdict == preferences::Verdict::suppress) return conversation::Courtesy::Answer{May::never, {}};
        if (decided.verdict == preferences::Verdict::later && decided.at)
            return conversation::Courtesy::Answer{May::later, *decided.at};
        return conversation::Courtesy::Answer{};
    };
    courtesy.refuse = [&settings](store::Tx& tx, people::CustomerId customer, Time now) {
        people::Act const act{{ActorKind::customer, customer.value, {}}, now, {}, {}};
        auto const done = preferences::refuse(tx, settings, act, customer, category, preferences::How::page);
        // Nobody is told that they are asked no more while they are.
        if (!done) throw std::runtime_error("surveys cannot be refused: " + done.error().text);
    };
    return courtesy;
}

conversation::Office conversation_office(House const& house, store::Role role) {
    conversation::Settings settings;
    settings.instance = house.config.public_url;
    settings.zone = house.config.organisation.time_zone;
    settings.antivirus = !house.config.antivirus.address.empty();
    auto const key =
        conversation::Tokens::key_of(*house.store, house.keyring, role == store::Role::server, system_now());
    return {house.keyring,
            house.blobs,
            house.store->ids(),
            return_paths(house.config, house.keyring, *house.store),
            conversation::Tokens(key, settings.instance),
            settings};
}

notice::NoticeSettings notice_settings(Config const& config) {
    notice::NoticeSettings settings;
    settings.zone = config.organisation.time_zone;
    settings.locale = language_of(config);
    return settings;
}

delivery::DeliverySettings delivery_settings(Config const& config) {
    delivery::DeliverySettings settings;
    settings.public_url = config.public_url;
    settings.organisation = organisation_of(config);
    settings.locale = language_of(config);
    if (!config.organisation.identifier.empty()) settings.organisation_identifier = config.organisation.identifier;
    settings.most_file_bytes = static_cast<std::int64_t>(config.delivery.max_file_mb) << 20;
    settings.most_delivery_bytes = static_cast<std::int64_t>(config.delivery.max_delivery_mb) << 20;
    settings.stamp_every_evidence = config.evidence.stamp_every_evidence;
    settings.most_files = static_cast<std::size_t>(config.delivery.max_files);
    settings.default_deadline = std::chrono::days(config.delivery.default_acceptance_days);
    settings.most_deadline = std::chrono::days(config.delivery.max_acceptance_days);
    settings.keep_content = std::chrono::days(config.retention.content_days);
    settings.sender_step_up = config.identification.sender_step_up;
    settings.codes_a_session = config.identification.codes_per_session;
    settings.codes_a_network = config.identification.codes_per_network;
    settings.codes_a_day = config.identification.codes_per_delivery;
    settings.codes_noticed = config.identification.codes_noticed;
    return settings;
}

webhooks::Settings webhook_settings(Config const& config) {
    webhooks::Settings settings;
    settings.private_hosts = config.webhooks.private_hosts;
    settings.timeout = std::chrono::seconds(config.webhooks.timeout_s);
    return settings;
}

evidence::NoteSigner note_signer(Config const& config, evidence::KeyStore const& keys) {
    auto signer = or_stop(evidence::NoteSigner::from(log_origin(config), or_stop(keys.log_seed())));
    for (auto const& seed : keys.earlier_log_seeds())
        if (auto const done = signer.also(seed); !done) throw std::runtime_error(explain(done.error()));
    return signer;
}

store::Keyring open_keyring(Config const& config, store::Role role) {
    auto keyring = store::Keyring::open(in_data(config, "keys"));
    if (role == store::Role::server && keyring.is_rotating())
        throw std::runtime_error(
            "The rotation of the master key was interrupted. Run `rapport key rotate master` again: it carries on "
            "where "
            "it stopped.");
    return keyring;
}

std::shared_ptr<delivery::Packaging const> packaging_of(House& house) {
    // A package carries the roots of whoever stamped it, too.
    auto roots = house.keys.roots_pem();
    if (!house.config.evidence.tsa_roots.empty()) roots += contents_of(house.config.evidence.tsa_roots);
    return std::make_shared<delivery::Packaging const>(
        delivery::Packaging{house.prover, house.notes.key(), std::move(roots), false, earlier_log_keys(house)});
}

}  // namespace

post::SigningOptions signing_options(Config const& config) {
    post::SigningOptions options;
    options.domain = from_of(config).domain();
    options.make_first = config.mail.dkim;
    options.keep = std::chrono::days(config.mail.dkim_keep_days);
    options.rotate_after = std::chrono::days(config.mail.dkim_rotate_days);
    options.dns.dns_server = config.mail.dns;
    options.dns.dns_trust_anchor = config.mail.dns_trust_anchor;
    return options;
}

std::vector<evidence::NoteKey> earlier_log_keys(House const& house) {
    std::vector<evidence::NoteKey> keys;
    for (auto& key : house.keys.earlier_log_keys()) keys.push_back({house.notes.key().name, std::move(key)});
    return keys;
}

House::House(Config wanted, store::Role role)
    : config(std::move(wanted)),
      keyring(open_keyring(config, role)),
      store(open_store(config, role)),
      blobs(in_data(config, "blobs")),
      http(client_options(config)),
      keys(open_keys(config)),
      sealer(or_stop(keys.seal_signer(system_now())), issuer_of(config)),
      notes(note_signer(config, keys)),
      public_log{*store, prover, notes.key()},
      tsa(own_tsa(config, keys)),
      stamper(stamper_of(config, tsa, http)),
      access(*store, {keyring.derive("people.secrets"), organisation_of(config), config.public_url}),
      policy_http(policy_client_options(config.mail)),
      signing(*store, in_data(config, "keys") / "dkim", signing_options(config)),
      post(post::Post::make(*store, post_options(config, return_paths(config, keyring, *store), policy_http, signing))),
      post_office{*post, *store},
      inbound(*store, keyring, blobs, inbound_options(config)),
      pickups(*store, keyring, inbound, pickup_options(config)),
      bounces(return_paths(config, keyring, *store), suppression_policy(config.suppression)),
      returns_desk{inbound, *store},
      mail_desk{*post, *store, signing, domain_to_check(config)},
      shelf(notice::make_shelf()),
      ways(ways_of(config, http)),
      deliveries(*store, {keyring, blobs, sealer, store->ids(), delivery_settings(config), packaging_of(*this),
                          notice::composer_of(shelf), ways}),
      preferences(*store, prover, preference_desk(*this, role)),
      conversations(*store, conversation_office(*this, role)),
      knowledge(*store, keyring, blobs, config.public_url, surroundings_of(*this)),
      reading(knowledge, organisation_of(config), readers_of(*this)),
      live(conversations, organisation_of(config), config.public_url),
      forms(conversations, organisation_of(config), config.public_url),
      desk(*store, conversations),
      webhooks(*store, keyring, http, webhook_settings(config)),
      notices(*store, {deliveries.office(), *shelf, notice::of_customers(preferences), notice_settings(config)}),
      bulks(notices),
      schedules(notices),
      feed(*store) {
    // Before anything is sealed.
    if (tsa && config.evidence.stamp_every_evidence) sealer.stamp_by(tsa, system_now);
    deliveries.hear_from(*post);
    deliveries.hear_bounces(bounces);
    bounces.on_unsubscribe([this](store::Reader& reader, post::OutboxItem const& letter, Time at) {
        return preferences.unsubscribe_by_mail(reader, letter.owner, at);
    });
    bounces.listen_to(inbound);
    conversations.hear_from(*post);
    conversations.hear_bounces(bounces);
    conversations.listen_to(inbound);
    conversations.on_passing(
        [this](store::Event event, std::optional<people::AgentId> only) { feed.pass(std::move(event), only); });
    conversations.ask_with(courtesy_of(*this));
    live.carry_answers();
    live.hear_from(*post);
    forms.hear_from(*post);
    notices.serve_letters(*post);
    if (role != store::Role::server) return;
    keeper = make_keeper(*this);
    ranked = std::make_unique<search::Ranked>(*keeper);
    reading.search_with(*ranked);
    conversations.search_with({keeper.get(), config.organisation.time_zone});
    preferences.put_stock_on_shelf();
    notices.put_stock_on_shelf();
}

}  // namespace rapport::app
