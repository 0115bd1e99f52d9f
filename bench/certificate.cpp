// What a certificate costs: processor time of each language's, once its fonts are open, and the first one in the
// process beside. The peer is Cairo itself writing one empty page.
#include <cairo-pdf.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "base/crypto.hpp"
#include "certificate/certificate.hpp"

namespace {

using namespace rapport;

double processor_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Cost {
    double first, median, worst;
};
Cost cost(std::function<void()> const& work) {
    std::vector<double> each;
    for (int i = 0; i < 21; ++i) {
        auto const begun = processor_ms();
        work();
        each.push_back(processor_ms() - begun);
    }
    auto const first = each.front();
    std::ranges::sort(each);
    return {first, each[each.size() / 2], each.back()};
}

// A handed-over delivery with two files and eight records.
certificate::Certificate sample(Locale locale, char const* words) {
    certificate::Certificate c;
    c.locale = locale;
    c.delivery = "dlv_0ntq3k5c8w2v1";
    c.sender = "Stadtwerke Beispiel GmbH";
    c.recipient = c.subject = words;
    c.recipient_address = "customer@example.org";
    for (auto const* part : {"message", "contract", "annex"})
        c.parts.push_back({part, "application/pdf", sha256(part)});
    std::int64_t number = 0;
    Time const at = *time_from_text("2026-11-21T12:00:00Z");
    for (auto const* code : {"A1", "C1", "C3", "D1", "D3", "D6", "D6", "E1"}) {
        ++number;
        c.evidence.push_back(
            {number, code, "SomeEventOfTheStandard", "6.2.4", at, at, 1000 + number, {"RecipientAccepted"}});
    }
    c.log = {"rapport.example.org/log", 100'000, to_base64(sha256("root").view()), at};
    c.seal_subject = "CN=Electronic seal (NON-QUALIFIED demo),O=Stadtwerke Beispiel GmbH";
    c.seal_fingerprint = to_hex(sha256("certificate").view());
    c.entry_url = "https://rapport.example.org/v/AbCdEfGhIjKlMnOpQrStUvWxYz012345";
    c.verify_url = "https://rapport.example.org/verify/";
    return c;
}

void empty_page() {
    auto const drop = [](void*, unsigned char const*, unsigned) { return CAIRO_STATUS_SUCCESS; };
    auto* const surface = cairo_pdf_surface_create_for_stream(drop, nullptr, 595, 842);
    auto* const canvas = cairo_create(surface);
    cairo_show_page(canvas);
    cairo_destroy(canvas);
    cairo_surface_destroy(surface);
}

}  // namespace

int main() {
    std::printf("%-12s %12s %12s %12s %10s\n", "", "first, ms", "median, ms", "worst, ms", "octets");
    bool good = true;
    for (auto const& [locale, words] : {std::pair{Locale::en, "The contract"}, std::pair{Locale::it, "Il contratto"},
                                        std::pair{Locale::th, "สัญญาฉบับสุดท้าย"}, std::pair{Locale::ja, "最終契約書"},
                                        std::pair{Locale::ko, "최종 계약서"}, std::pair{Locale::fa, "قرارداد نهایی"}}) {
        auto const one = sample(locale, words);
        std::size_t size = 0;
        auto const ms = cost([&] {
            auto const pdf = certificate::render(one);
            size = pdf ? pdf->size() : 0;
        });
        std::printf("%-12s %12.1f %12.1f %12.1f %10zu\n", to_text(locale).c_str(), ms.first, ms.median, ms.worst, size);
        good = good && size > 0 && ms.median <= 50;
    }
    auto const peer = cost(empty_page);
    std::printf("%-12s %12.1f %12.1f %12.1f\n", "empty page", peer.first, peer.median, peer.worst);
    std::printf("goal: 50 ms each: %s\n", good ? "met" : "missed");
    return good ? 0 : 1;
}
