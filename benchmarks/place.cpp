// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/place.hpp"

#include <filesystem>
#include <iostream>
#include <nava/persistence/store.hpp>
#include <nava/schema/ddl.hpp>
#include <stdexcept>

#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

namespace nava::benchmarks {
namespace {

namespace fs = std::filesystem;

bool is_there(const options& given) {
  if (!given.on_postgresql()) return fs::exists(given.url.location());
  libpq::connection server{given.url.location()};
  return server.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {given.schema}).rows() > 0;
}

}  // namespace

place::place(const options& given) : given_(given) {
  if (given.url.in_memory())
    throw std::runtime_error{
        "what is measured needs connections of its own; name a file or a server"};
  was_there_ = is_there(given);
  const auto store = persistence::open_store(given.url, {.schema = given.schema});
  if (!store->list({.limit = 1}).empty())
    throw std::runtime_error{
        given.on_postgresql()
            ? "the schema " + given.schema + " holds workflows; name another --schema"
            : "the database holds workflows; name a file that is not there yet"};
}

place::~place() {
  if (given_.keep) return;
  try {
    given_.on_postgresql() ? remove_from_server() : remove_from_file();
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: cannot remove what was made: " << failure.what() << '\n';
  }
}

void place::remove_from_server() const {
  libpq::connection server{given_.url.location()};
  const std::string schema = schema::quoted(given_.schema);
  if (was_there_)
    server.run("TRUNCATE " + schema + ".\"workflow\" CASCADE");
  else
    server.run("DROP SCHEMA " + schema + " CASCADE");
}

void place::remove_from_file() const {
  const std::string& path = given_.url.location();
  if (was_there_) {
    sqlite::connection{path}.run("DELETE FROM \"workflow\"");
    return;
  }
  for (const char* ending : {"", "-wal", "-shm"}) fs::remove(path + ending);
}

}  // namespace nava::benchmarks
