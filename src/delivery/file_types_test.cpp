// What may be sent.
#include <gtest/gtest.h>

#include "delivery/file_types.hpp"

namespace rapport::delivery {
namespace {

bool fine(std::string_view name, std::string_view type, ByteView bytes) { return !file_fault(name, type, bytes, true); }

TEST(FileTypes, documents_pass) {
    EXPECT_TRUE(fine("a.pdf", "application/pdf", "%PDF-1.4"));
    EXPECT_TRUE(fine("a.txt", "text/plain", "MZ is how this text begins"));
    EXPECT_TRUE(
        fine("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04..."));
    EXPECT_TRUE(fine("a.csv", "text/csv", ""));
    EXPECT_TRUE(fine("سند.pdf", "application/pdf", "%PDF-1.4"));
}

TEST(FileTypes, programs_are_refused_by_name_by_type_and_by_content) {
    EXPECT_FALSE(fine("a.EXE", "application/octet-stream", "x"));
    EXPECT_FALSE(fine("a.pdf.js", "text/plain", "x"));
    EXPECT_FALSE(fine("a", "application/x-sh", "x"));
    EXPECT_FALSE(fine("a.bin2", "application/octet-stream", ByteView("MZ\x90\0\x03", 5)));
    EXPECT_FALSE(fine("a.txt", "text/plain", "#!/bin/sh"));
    EXPECT_FALSE(fine("a.dat", "application/octet-stream",
                      "\x7f"
                      "ELF.."));
}

TEST(FileTypes, what_is_not_what_it_says_is_refused) {
    EXPECT_FALSE(fine("a.pdf", "application/pdf", "<html>"));
    EXPECT_FALSE(fine("a.png", "image/png", "%PDF-1.4"));
    EXPECT_FALSE(fine("a.txt", "text/plain", ByteView("a\0b", 3)));
    EXPECT_FALSE(fine("../a.txt", "text/plain", "x"));
    EXPECT_FALSE(fine("a.txt", "text", "x"));
}

}  // namespace
}  // namespace rapport::delivery
