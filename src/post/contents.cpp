// What letters say: the stock letters are rendered here; of others the owners are asked, for all letters that were
// claimed together at once, and once more, for the words themselves, just before one is sent.
#include "base/log.hpp"
#include "post/room.hpp"
#include "post/templates.hpp"

namespace rapport::post {

void Room::on_load(std::string purpose, LoadAll load) {
    require(!now_running_, "owners speak up before the post room runs");
    require(loaders_.emplace(std::move(purpose), std::move(load)).second, "one who keeps the words for each purpose");
}

// False when the database is away.
Task<bool> Room::load_purpose(std::string const& purpose, LoadAll const& load, std::vector<Claimed>& letters) {
    std::vector<LetterKey> keys;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (!letters[i].template_name.empty() || letters[i].purpose != purpose) continue;
        keys.push_back({letters[i].owner, letters[i].purpose, letters[i].data});
        places.push_back(i);
    }
    if (keys.empty()) co_return true;
    std::string trouble;
    try {
        auto loaded = co_await load(std::move(keys));
        require(loaded.size() == places.size(), "an owner answers for each letter");
        for (std::size_t i = 0; i < places.size(); ++i) letters[places[i]].words = std::move(loaded[i]);
        co_return true;
    } catch (std::exception const& failure) {
        trouble = failure.what();
    }
    log::warning("letters_not_loaded", {{"purpose", purpose}, {"why", trouble}});
    for (auto const place : places) letters[place].must_wait = true;
    co_return false;
}

Task<> Room::load_contents(std::vector<Claimed>& letters) {
    for (auto const& [purpose, load] : loaders_) co_await load_purpose(purpose, load, letters);
}

Task<Expected<Content>> Room::content_of(Claimed const& letter) const {
    if (letter.template_name.empty()) {
        if (!letter.words)
            co_return fail(ErrorKind::not_found, "no_words", "Nobody keeps the words of letters of this purpose.");
        if (!*letter.words) co_return fail(letter.words->error());
        auto const& draw = **letter.words;
        std::string trouble;
        try {
            auto words = co_await draw();
            co_return words;
        } catch (std::exception const& failure) {
            trouble = failure.what();
        }
        log::warning("letter_not_drawn", {{"letter", to_text(letter.id)}, {"why", trouble}});
        co_return fail(ErrorKind::unavailable, "words_away",
                       "What the letter says could not be read; it is tried again.");
    }
    auto rendered = render(letter.template_name, letter.locale, letter.data, options_.from.name.value());
    if (!rendered) co_return fail(rendered.error());
    co_return Content{rendered->locale, std::move(rendered->subject), std::move(rendered->text),
                      std::move(rendered->html)};
}

}  // namespace rapport::post
