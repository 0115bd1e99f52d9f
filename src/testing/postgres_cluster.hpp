// A PostgreSQL 15 cluster of this test program: started when first asked for, on a socket in a temporary folder, gone
// when the program ends, however it ends.
#pragma once

#include <filesystem>
#include <string>

namespace rapport::test {

class PostgresCluster {
  public:
    // Started once per program.
    static PostgresCluster& instance();

    // A new, empty database; its libpq URI.
    std::string create_database();
    void drop_database(std::string const& uri);
    // As a crash of the machine would leave it, then up again on the same data and socket.
    void stop();
    void start();
    std::string run(std::string const& sql);  // in database postgres, by psql; what it printed

    PostgresCluster(PostgresCluster const&) = delete;
    PostgresCluster& operator=(PostgresCluster const&) = delete;

  private:
    PostgresCluster();
    ~PostgresCluster();
    std::filesystem::path folder_;
    int process_ = 0;
    int databases_ = 0;
};

}  // namespace rapport::test
