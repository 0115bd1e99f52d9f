// Postfix's smtp-sink on a free port: a mail server that takes everything, or fails where its options say.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "testing/process.hpp"

namespace rapport::testing {

struct SmtpSinkProgram {
    explicit SmtpSinkProgram(std::vector<std::string> extra = {}) {
        std::vector<std::string> words{"smtp-sink", "-u", "nobody"};
        for (auto& word : extra) words.push_back(std::move(word));
        words.push_back("127.0.0.1:" + std::to_string(port));
        words.emplace_back("500");  // connections that may wait
        process = std::make_unique<Process>(words);
        wait_for_port(port);
    }
    std::uint16_t port = free_port();
    std::unique_ptr<Process> process;
};

}  // namespace rapport::testing
