// Tests of the configuration file.
#include "app/config.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace rapport::app {
namespace {

Expected<Config> read(std::string const& text) {
    auto const file =
        std::filesystem::temp_directory_path() / ("rapport-config-" + std::to_string(::getpid()) + ".toml");
    std::ofstream(file) << text;
    auto config = read_config(file);
    std::filesystem::remove(file);
    return config;
}

TEST(Config, what_is_printed_reads_back_the_same) {
    Config config;
    config.organisation.name = "Überlandwerk \"Süd\"";
    config.mail.smart_host = "127.0.0.1:2525";
    auto const again = read(to_toml(config));
    ASSERT_TRUE(again) << explain(again.error());
    EXPECT_EQ(to_toml(*again), to_toml(config));
}

TEST(Config, what_is_left_out_keeps_its_default) {
    auto const config = read("[mail]\nfrom = \"post@example.org\"\n");
    ASSERT_TRUE(config) << explain(config.error());
    EXPECT_EQ(config->mail.from, "post@example.org");
    EXPECT_EQ(config->listen, Config().listen);
}

TEST(Config, an_unknown_name_a_wrong_type_and_a_broken_rule_are_named) {
    EXPECT_EQ(read("listne = \"x\"").error().fields.at(0).pointer, "/listne");
    EXPECT_EQ(read("threads = \"two\"").error().fields.at(0).pointer, "/threads");
    EXPECT_EQ(read("listen = \"8080\"").error().fields.at(0).pointer, "/listen");
    EXPECT_EQ(read("[evidence]\ntsa_url = \"http://x\"").error().fields.at(0).pointer, "/evidence/tsa_roots");
    EXPECT_EQ(read("a = [").error().code, "toml_syntax");
}

TEST(Config, every_setting_is_explained_once_and_the_page_for_operators_holds_the_same) {
    auto const printed = reference();
    auto const again = read(printed);
    ASSERT_TRUE(again) << explain(again.error());
    EXPECT_EQ(to_toml(*again), to_toml(Config()));
    Config whole;  // one of each that there may be several of
    whole.identity_provider.emplace_back();
    whole.certificate_authority.emplace_back();
    EXPECT_EQ(std::ranges::count(to_toml(whole), '='), std::ssize(explanations)) << "an explanation has no setting";

    std::ifstream file("docs/operators/configuration.md");
    std::string const page(std::istreambuf_iterator<char>(file), {});
    EXPECT_NE(page.find("```toml\n" + printed + "```\n"), std::string::npos)
        << "docs/operators/configuration.md is out of date: put in what `rapport config --reference` prints";
}

TEST(Config, addresses_are_read_with_and_without_brackets) {
    EXPECT_EQ(parse_host_port("[::1]:80")->host, "::1");
    EXPECT_EQ(parse_host_port("a.example:25")->port, 25);
    for (auto bad : {"", ":1", "a", "a:", "a:99999", "a:1x", "::1]:80x"}) EXPECT_FALSE(parse_host_port(bad)) << bad;
}

}  // namespace
}  // namespace rapport::app
