// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection/soci_connection.hpp"

#include <stdexcept>

namespace nava::persistence::sqlite {

soci_connection::soci_connection(std::unique_ptr<soci::session> session,
                                 std::shared_ptr<spdlog::logger> log)
    : connection(std::move(log)), session_(std::move(session)) {}

soci_connection::prepared soci_connection::prepared_now(const statement& what) const {
  prepared ready;
  ready.in.resize(what.parameters().size());
  ready.in_indicators.resize(what.parameters().size(), soci::i_ok);
  ready.out.resize(what.columns());
  ready.out_indicators.resize(what.columns(), soci::i_ok);
  ready.statement = std::make_unique<soci::statement>(*session_);
  for (std::size_t i = 0; i < what.parameters().size(); ++i)
    ready.statement->exchange(soci::use(ready.in[i], ready.in_indicators[i], what.parameters()[i]));
  for (std::size_t i = 0; i < what.columns(); ++i)
    ready.statement->exchange(soci::into(ready.out[i], ready.out_indicators[i]));
  ready.statement->alloc();
  ready.statement->prepare(what.sql());
  ready.statement->define_and_bind();
  return ready;
}

soci_connection::prepared& soci_connection::prepare(const statement& what) {
  const auto found = prepared_.find(what.id());
  if (found != prepared_.end()) return found->second;
  // The statement refers to elements of the vectors, which stay where they are when those move.
  return prepared_.emplace(what.id(), prepared_now(what)).first->second;
}

std::vector<connection::row> soci_connection::fetch_all(prepared& ready) {
  std::vector<row> rows;
  for (bool more = ready.statement->execute(true); more && !ready.out.empty();
       more = ready.statement->fetch()) {
    row& next = rows.emplace_back(ready.out.size());
    for (std::size_t i = 0; i < ready.out.size(); ++i)
      if (ready.out_indicators[i] != soci::i_null) next[i] = std::move(ready.out[i]);
  }
  return rows;
}

std::vector<connection::row> soci_connection::execute(const statement& what,
                                                      std::span<const argument> arguments) {
  check_count(what, arguments);
  if (what.is_binary()) throw std::logic_error{"a binary statement on a connection that has none"};
  try {
    prepared& ready = prepare(what);
    std::size_t i = 0;
    for (const argument& value : arguments) {
      ready.in_indicators[i] = value ? soci::i_ok : soci::i_null;
      ready.in[i++].assign(value.value_or(std::string_view{}));
    }
    return fetch_all(ready);
  } catch (const soci::soci_error& failure) {
    const error translated = translate(failure);
    // A statement that failed may hold locks or a plan for a table that has changed.
    prepared_.erase(what.id());
    throw translated;
  } catch (...) {
    prepared_.erase(what.id());
    throw;
  }
}

}  // namespace nava::persistence::sqlite
