#include "rows.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "base/file_limit.hpp"
#include "job/input/hash.hpp"
#include "job/run/prepare.hpp"
#include "job/run/run_file.hpp"

namespace headway::python {
namespace {

job::Head head_of(std::vector<std::string> columns) {
  job::Head head;
  head.columns = std::move(columns);
  const bool batch = head.has_column("custom_id") && head.has_column("url") && head.has_column("body");
  if (batch) head.format = job::InputFormat::batch;
  head.has_messages = head.has_column("messages");
  return head;
}

nb::object key_of(const job::Row& row) {
  static_assert(std::endian::native == std::endian::little);
  const std::array<std::uint64_t, 2> key{row.request_hash, job::hash_of(row.body, row.request_hash)};
  return nb::bytes(key.data(), sizeof key);
}

// simdjson may read on behind it.
job::RawRow raw_row(std::string& text, std::uint64_t line) {
  constexpr std::size_t padding = 64;
  text.reserve(text.size() + padding);
  job::RawRow raw;
  raw.line = line;
  raw.text = text;
  return raw;
}

}  // namespace

Rows::Rows(job::Given settings, std::vector<std::string> columns, bool stops) {
  const auto head = head_of(std::move(columns));
  raise_file_limit();
  options_ = job::options_of_rows(std::move(settings), head.format == job::InputFormat::batch);
  maker_ = job::row_maker(options_.input, head);
  rules_ = std::make_shared<RowRules>(job::row_ends_of(options_), options_, stops);
  job::check_endpoints(options_.client);
  engine_ = std::make_shared<EngineHandle>(options_.client);
}

std::unique_ptr<RowBatch> Rows::read(const std::vector<std::string>& rows) {
  std::vector<job::Entry> entries;
  entries.reserve(rows.size());
  for (auto text : rows) {
    const auto number = entries.size();
    entries.push_back(maker_->make(raw_row(text, number + 1), number));
  }
  return std::make_unique<RowBatch>(*this, std::move(entries));
}

nb::list RowBatch::keys() const {
  nb::list all;
  for (const auto& entry : entries_) {
    const auto* row = std::get_if<job::Row>(&entry);
    all.append(row ? key_of(*row) : nb::none());
  }
  return all;
}

std::unique_ptr<Inbox> RowBatch::ask(const std::vector<std::size_t>& places) {
  std::vector<RowTask::Item> items;
  items.reserve(places.size());
  for (const auto place : places) items.push_back({place, std::move(entries_.at(place))});
  auto& engine = rows_.engine_->engine();
  return std::make_unique<Inbox>([&](Address reader) {
    auto task = std::make_shared<RowTask>(engine, std::move(reader), rows_.rules_, std::move(items));
    task->start();
    return task;
  });
}

void bind_rows(nb::module_& module) {
  nb::class_<RowBatch>(module, "RowBatch").def("keys", &RowBatch::keys).def("ask", &RowBatch::ask, nb::arg("places"));
  nb::class_<Rows>(module, "Rows")
      .def(nb::init<job::Given, std::vector<std::string>, bool>(), nb::arg("settings"), nb::arg("columns"),
           nb::arg("stops"))
      .def_prop_ro("engine", &Rows::engine)
      .def("read", &Rows::read, nb::arg("rows"), nb::keep_alive<0, 1>());
}

}  // namespace headway::python
