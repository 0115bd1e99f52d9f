// Text and rules on pages: Pango lays out, Cairo writes PDF. What is put down flows from page to page; in languages
// written from right to left everything is mirrored. Not part of the module's interface.
#pragma once

#include <cairo.h>
#include <pango/pangocairo.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace rapport::certificate {

template <auto F>
struct FreedBy {
    template <class T>
    void operator()(T* p) const {
        F(p);
    }
};
using Layout = std::unique_ptr<PangoLayout, FreedBy<g_object_unref>>;
using FontMap = std::unique_ptr<PangoFontMap, FreedBy<g_object_unref>>;
using Context = std::unique_ptr<PangoContext, FreedBy<g_object_unref>>;

// Points; A4.
inline constexpr double page_width = 595.28, page_height = 841.89, margin = 48;
inline constexpr double text_width = page_width - 2 * margin;

enum class Colour : std::uint8_t { ink, muted, accent };

struct Style {
    double size = 9.5;
    bool bold = false;
    bool mono = false;
    Colour colour = Colour::ink;
    double line = 1.25;  // spacing
};

// One text in a column: `from` the reading side's margin, `width` wide.
struct Cell {
    std::string text;
    double from = 0, width = text_width;
    Style style = {};
    std::string link = {};
    char const* tag = "P";  // its role in the tagged PDF
};

class Typesetter {
  public:
    // `map` must not be used by another thread meanwhile.
    Typesetter(PangoFontMap* map, Locale locale);

    // Cells side by side; the row is never divided over pages, unless it alone is higher than one.
    void row(std::vector<Cell> cells, double space_before = 0, char const* tag = nullptr);
    void text(std::string value, Style style, double space_before = 0, char const* tag = "P");
    void rule(double space_before = 4);
    // `modules` black and white squares a side, row by row, at the reading side's margin, with a text beside.
    void code(std::vector<bool> modules, std::size_t side, std::string link, std::vector<Cell> beside);
    // The next row starts on a new page if less than this is left on this one.
    void keep_together(double height);

    std::size_t pages() const { return page_ + 1; }
    std::size_t unknown_characters() const { return unknown_; }

    struct Details {
        std::string title, author, subject;
        Time made{};
        std::function<std::string(std::size_t page, std::size_t pages)> footer;
    };
    Bytes pdf(Details const& details);

  private:
    using Draw = std::function<void(cairo_t*)>;
    struct Placed {
        std::size_t page;
        Draw draw;
    };
    Layout layout(Cell const& cell);
    double put_cells(std::vector<Cell> const& cells, double y, char const* tag);
    double reserve(double height, double space_before);
    double mirrored(double from, double width) const;

    Context context_;
    bool right_to_left_;
    std::string families_;
    std::vector<Placed> placed_;
    std::size_t page_ = 0, unknown_ = 0;
    double y_ = margin;
};

// A font map of its own; empty where no font is installed at all: Pango would end the program.
FontMap new_font_map();

}  // namespace rapport::certificate
