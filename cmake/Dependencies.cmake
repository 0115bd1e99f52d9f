# What the program links to. Each line's Debian package and the reason for it stand in packages.debian.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(libpsl REQUIRED IMPORTED_TARGET libpsl)
pkg_check_modules(libcurl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(libargon2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(libxml2 REQUIRED IMPORTED_TARGET libxml-2.0)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
find_library(UNBOUND_LIBRARY unbound REQUIRED)  # its .pc file asks for libevent, which is not needed
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
find_library(STEMMER_LIBRARY stemmer REQUIRED)
pkg_check_modules(ical REQUIRED IMPORTED_TARGET libical)
pkg_check_modules(md4c REQUIRED IMPORTED_TARGET md4c)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(libmagic REQUIRED IMPORTED_TARGET libmagic)
find_package(mimalloc 2.0 REQUIRED)
pkg_check_modules(pangocairo REQUIRED IMPORTED_TARGET pangocairo cairo-pdf fontconfig)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(libfido2 REQUIRED IMPORTED_TARGET libfido2)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc)

# Who only wants the program (./run) has the packages of the group `run` alone.
option(RAPPORT_TESTS "Unit tests and benchmarks; they need the packages of the group test" ON)
if(RAPPORT_TESTS)
    find_package(GTest REQUIRED)
    pkg_check_modules(xmlsec1 REQUIRED IMPORTED_TARGET xmlsec1-openssl)
endif()

# One set of options for every file of the program.
add_library(rapport_options INTERFACE)
target_compile_options(rapport_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_compile_definitions(rapport_options INTERFACE
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    BOOST_BEAST_USE_STD_STRING_VIEW)
target_include_directories(rapport_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(rapport_options INTERFACE Boost::boost Threads::Threads)

if(RAPPORT_FUZZ)
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(rapport_options INTERFACE -fsanitize=fuzzer-no-link ${sanitizers})
    target_link_options(rapport_options INTERFACE ${sanitizers})
endif()
if(RAPPORT_SANITIZE)
    # What the undefined-behaviour sanitizer finds must fail the test, too, not only be printed.
    target_compile_options(rapport_options INTERFACE -fsanitize=${RAPPORT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(rapport_options INTERFACE -fsanitize=${RAPPORT_SANITIZE})
    # Recycled coroutine frames and handlers hide dangling references from the sanitizers.
    target_compile_definitions(rapport_options INTERFACE
        BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
endif()
