// Pages, columns, tags.
#include "certificate/typesetter.hpp"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.hpp"

namespace rapport::certificate {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, FreedBy<cairo_surface_destroy>>;
using Canvas = std::unique_ptr<cairo_t, FreedBy<cairo_destroy>>;
using Font = std::unique_ptr<PangoFontDescription, FreedBy<pango_font_description_free>>;

constexpr double bottom = page_height - margin - 22;  // the footer stands below

// Where a character is in none of them fontconfig looks on.
std::string families_for(Locale locale) {
    switch (locale) {
        case Locale::fa:
            return "Vazirmatn,Noto Sans Arabic,Noto Naskh Arabic,Noto Sans";
        case Locale::th:
            return "Noto Sans,Noto Sans Thai,Noto Sans Thai Looped";
        case Locale::ja:
            return "IPAexGothic,Noto Sans CJK JP,Noto Sans";
        case Locale::ko:
            return "NanumGothic,Noto Sans CJK KR,Noto Sans";
        case Locale::en:
        case Locale::it:
            break;
    }
    return "Noto Sans,DejaVu Sans,Noto Sans Arabic,Noto Sans Thai,Noto Sans CJK JP";
}

void use(cairo_t* canvas, Colour colour) {
    switch (colour) {
        case Colour::ink:
            return cairo_set_source_rgb(canvas, 0.106, 0.141, 0.188);
        case Colour::muted:
            return cairo_set_source_rgb(canvas, 0.357, 0.4, 0.451);
        case Colour::accent:
            return cairo_set_source_rgb(canvas, 0.702, 0.216, 0.165);
    }
}

cairo_status_t append(void* out, unsigned char const* bytes, unsigned size) {
    static_cast<Bytes*>(out)->append(reinterpret_cast<char const*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
}

// The attribute string of a link: quotes and backslashes are escaped.
std::string link_attribute(std::string_view url) {
    std::string out = "uri='";
    for (char c : url) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

class Tagged {
  public:
    Tagged(cairo_t* canvas, char const* tag, std::string const& attributes = {}) : canvas_(canvas), tag_(tag) {
        if (tag_) cairo_tag_begin(canvas_, tag_, attributes.c_str());
    }
    ~Tagged() {
        if (tag_) cairo_tag_end(canvas_, tag_);
    }
    Tagged(Tagged const&) = delete;
    Tagged& operator=(Tagged const&) = delete;

  private:
    cairo_t* canvas_;
    char const* tag_;
};

}  // namespace

FontMap new_font_map() {
    FontMap map(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
    if (!map || FcInit() != FcTrue) return nullptr;
    // Pango lists "Sans" and its like whether there is a font or not.
    FcFontSet const* const found = FcConfigGetFonts(nullptr, FcSetSystem);
    if (!found || found->nfont == 0) return nullptr;
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map.get()), 72);  // points are points
    return map;
}

Typesetter::Typesetter(PangoFontMap* map, Locale locale)
    : context_(pango_font_map_create_context(map)),
      right_to_left_(is_right_to_left(locale)),
      families_(families_for(locale)) {
    pango_context_set_language(context_.get(), pango_language_from_string(to_text(locale).c_str()));
    pango_context_set_base_dir(context_.get(), right_to_left_ ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    // Positions do not depend on a screen's pixels.
    cairo_font_options_t* const options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context_.get(), options);
    cairo_font_options_destroy(options);
}

Layout Typesetter::layout(Cell const& cell) {
    Layout out(pango_layout_new(context_.get()));
    Font const font(pango_font_description_new());
    auto const families = cell.style.mono ? "Noto Sans Mono,DejaVu Sans Mono,Liberation Mono,monospace" : families_;
    pango_font_description_set_family(font.get(), families.c_str());
    pango_font_description_set_size(font.get(), static_cast<int>(cell.style.size * PANGO_SCALE));
    pango_font_description_set_weight(font.get(), cell.style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(out.get(), font.get());
    // The paragraph's direction is the language's; a value of the other direction is isolated within it.
    pango_layout_set_auto_dir(out.get(), FALSE);
    pango_layout_set_alignment(out.get(), right_to_left_ ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_width(out.get(), static_cast<int>(cell.width * PANGO_SCALE));
    pango_layout_set_wrap(out.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(out.get(),
                                  static_cast<float>(right_to_left_ ? 1 : cell.style.line));  // Arabic fonts are tall
    pango_layout_set_text(out.get(), cell.text.data(), static_cast<int>(cell.text.size()));
    unknown_ += static_cast<std::size_t>(std::max(0, pango_layout_get_unknown_glyphs_count(out.get())));
    return out;
}

double Typesetter::mirrored(double from, double width) const {
    return right_to_left_ ? page_width - margin - from - width : margin + from;
}

void Typesetter::keep_together(double height) {
    if (y_ + height > bottom && y_ > margin) {
        ++page_;
        y_ = margin;
    }
}

double Typesetter::reserve(double height, double space_before) {
    if (y_ > margin) y_ += space_before;
    keep_together(height);
    auto const at = y_;
    y_ += height;
    return at;
}

void Typesetter::row(std::vector<Cell> cells, double space_before, char const* tag) {
    struct Measured {
        Cell cell;
        std::shared_ptr<PangoLayout> layout;
        int baseline;
    };
    auto const measured = std::make_shared<std::vector<Measured>>();
    double height = 0;
    int baseline = 0;
    for (auto& cell : cells) {
        std::shared_ptr<PangoLayout> const made(layout(cell));
        measured->push_back({std::move(cell), made, pango_layout_get_baseline(made.get())});
        baseline = std::max(baseline, measured->back().baseline);
    }
    for (auto const& each : *measured) {
        int width = 0, its_height = 0;
        pango_layout_get_size(each.layout.get(), &width, &its_height);
        height = std::max(height, static_cast<double>(its_height + baseline - each.baseline) / PANGO_SCALE);
    }
    auto const y = reserve(height, space_before);
    placed_.push_back({page_, [this, measured, y, baseline, tag](cairo_t* canvas) {
                           Tagged const whole(canvas, tag);
                           for (auto const& [cell, made, own] : *measured) {
                               Tagged const role(canvas, cell.tag);
                               Tagged const link(canvas, cell.link.empty() ? nullptr : CAIRO_TAG_LINK,
                                                 link_attribute(cell.link));
                               use(canvas, cell.style.colour);
                               cairo_move_to(canvas, mirrored(cell.from, cell.width),
                                             y + static_cast<double>(baseline - own) / PANGO_SCALE);
                               pango_cairo_show_layout(canvas, made.get());
                           }
                       }});
}

void Typesetter::text(std::string value, Style style, double space_before, char const* tag) {
    Cell cell;
    cell.text = std::move(value);
    cell.style = style;
    cell.tag = tag;
    std::vector<Cell> cells;
    cells.push_back(std::move(cell));
    row(std::move(cells), space_before);
}

void Typesetter::rule(double space_before) {
    auto const y = reserve(1, space_before);
    placed_.push_back({page_, [y](cairo_t* canvas) {
                           cairo_set_source_rgb(canvas, 0.89, 0.878, 0.847);
                           cairo_set_line_width(canvas, 0.75);
                           cairo_move_to(canvas, margin, y);
                           cairo_line_to(canvas, page_width - margin, y);
                           cairo_stroke(canvas);
                       }});
}

void Typesetter::code(std::vector<bool> modules, std::size_t side, std::string link, std::vector<Cell> beside) {
    constexpr double size = 104;
    keep_together(size + 24);
    auto const page = page_;
    auto const top = y_ + 6;
    placed_.push_back({page, [this, modules = std::move(modules), side, link = std::move(link), top](cairo_t* canvas) {
                           Tagged const figure(canvas, "Figure");
                           Tagged const leads(canvas, CAIRO_TAG_LINK, link_attribute(link));
                           auto const x = mirrored(0, size);
                           auto const step = size / static_cast<double>(side);
                           cairo_set_source_rgb(canvas, 0, 0, 0);
                           for (std::size_t i = 0; i < modules.size(); ++i)
                               if (modules[i])
                                   cairo_rectangle(canvas, x + static_cast<double>(i % side) * step,
                                                   top + static_cast<double>(i / side) * step, step, step);
                           cairo_fill(canvas);
                       }});
    for (auto& cell : beside) {
        cell.from = size + 16;
        cell.width = text_width - size - 16;
        std::vector<Cell> one;
        one.push_back(std::move(cell));
        row(std::move(one), 4);
    }
    if (page_ == page) y_ = std::max(y_, top + size);
}

Bytes Typesetter::pdf(Details const& details) {
    Bytes out;
    Surface const surface(cairo_pdf_surface_create_for_stream(append, &out, page_width, page_height));
    cairo_pdf_surface_restrict_to_version(surface.get(), CAIRO_PDF_VERSION_1_5);
    auto const about = [&surface](cairo_pdf_metadata_t what, std::string const& value) {
        cairo_pdf_surface_set_metadata(surface.get(), what, value.c_str());
    };
    about(CAIRO_PDF_METADATA_TITLE, details.title);
    about(CAIRO_PDF_METADATA_AUTHOR, details.author);
    about(CAIRO_PDF_METADATA_SUBJECT, details.subject);
    about(CAIRO_PDF_METADATA_CREATOR, "Rapport");
    about(CAIRO_PDF_METADATA_CREATE_DATE, to_text(std::chrono::floor<std::chrono::seconds>(details.made)));
    Canvas const canvas(cairo_create(surface.get()));
    cairo_tag_begin(canvas.get(), "Document", nullptr);
    auto next = placed_.begin();
    for (std::size_t page = 0; page < pages(); ++page) {
        for (; next != placed_.end() && next->page == page; ++next) next->draw(canvas.get());
        Cell footer;
        footer.text = details.footer(page + 1, pages());
        footer.style = {.size = 7.5, .colour = Colour::muted};
        auto const made = layout(footer);
        use(canvas.get(), Colour::muted);
        cairo_move_to(canvas.get(), margin, page_height - margin);
        pango_cairo_show_layout(canvas.get(), made.get());
        cairo_show_page(canvas.get());
    }
    cairo_tag_end(canvas.get(), "Document");
    cairo_surface_finish(surface.get());
    if (cairo_status(canvas.get()) != CAIRO_STATUS_SUCCESS ||
        cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error(std::string("Cairo could not write a certificate: ") +
                                 cairo_status_to_string(cairo_surface_status(surface.get())));
    return out;
}

}  // namespace rapport::certificate
