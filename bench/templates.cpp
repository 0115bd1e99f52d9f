// Promise: drawing a letter costs less than 100 µs on one core. Draws the stock order confirmation (subject, text, HTML
// in its frame) in six languages; beside it, as the other opinion, kainjow-mustache renders the words of the text
// alone, without dates, money and plurals.
#include <kainjow/mustache.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "templates/templates.hpp"

namespace {

using namespace rapport;
using templates::Form;
using templates::Template;

constexpr int letters = 20'000;

std::string file_text(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

template <class F>
double microseconds(int times, F&& f) {
    auto const begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) f();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / times;
}

}  // namespace

int main() {
    auto const data =
        json::parse(
            R"({"order":"A-10243","items":[{"name":"Filter","quantity":2,"price":{"amount":3980,"currency":"EUR"}},
        {"name":"Meter","quantity":1,"price":{"amount":4900,"currency":"EUR"}}],"total":{"amount":8880,"currency":"EUR"},
        "delivery_on":"2026-12-04","link":"https://shop.example.org/orders/A-10243"})")
            ->get_object();
    json::Object const values{{"organisation", "Example Utilities"}, {"name", "Ada Conti"}, {"subject", "Your order"}};
    json::Object const* const scopes[] = {&values, &data};
    for (auto const locale : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa}) {
        auto const stock = file_text("src/notice/assets/stock/order_confirmation." + to_text(locale) + ".txt");
        auto const line = stock.find('\n'), html = stock.find("\n=== html\n");
        if (html == std::string::npos) return std::puts("run it in the repository's root"), 1;
        auto const subject = Template::compile(stock.substr(0, line), Form::line);
        auto const text = Template::compile(stock.substr(line + 1, html - line), Form::text);
        auto const body = Template::compile(stock.substr(html + 10), Form::html);
        templates::Setting const setting{locale, "Europe/Rome"};
        std::size_t octets = 0;
        auto const cost = microseconds(letters, [&] {
            octets = subject->render(scopes, setting)->size() + text->render(scopes, setting)->size();
            octets += templates::lay_out("letter", *body->render(scopes, setting), values, locale)->size();
        });
        std::printf("%s  letter %6.1f us  (%zu octets)\n", to_text(locale).c_str(), cost, octets);
    }
    ::kainjow::mustache::mustache other(
        "{{#name}}Dear {{name}},{{/name}}\n\nWe have received your order {{order}}.\n{{#items}}\n- {{name}}: "
        "{{price}}\n{{/items}}\n");
    auto const cost = microseconds(letters, [&] {
        ::kainjow::mustache::data all{::kainjow::mustache::data::type::object},
            list{::kainjow::mustache::data::type::list};
        for (int i = 0; i < 2; ++i) {
            ::kainjow::mustache::data item{::kainjow::mustache::data::type::object};
            item.set("name", "Filter");
            item.set("price", "39,80");
            list.push_back(item);
        }
        all.set("name", "Ada");
        all.set("order", "A-10243");
        all.set("items", list);
        other.render(all);
    });
    std::printf("kainjow, plain text alone %6.1f us\n", cost);
    auto const compile = file_text("src/notice/assets/stock/order_confirmation.en.txt");
    std::printf("compile %6.1f us\n", microseconds(1000, [&] { Template::compile(compile, Form::text).has_value(); }));
    return 0;
}
