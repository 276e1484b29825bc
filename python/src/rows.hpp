#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>

#include "engine.hpp"
#include "inbox.hpp"
#include "job/input/row_maker.hpp"
#include "job/run/setting.hpp"
#include "row_task.hpp"

namespace headway::python {

namespace nb = nanobind;

class RowBatch;

/// Asks rows of a table as `headway run` asks those of a file, by its settings. Guarded by the GIL.
class Rows {
 public:
  /// `columns`: those of the table. `stops`: first rows that all fail alike end what is asked. Throws Error
  /// (`configuration`).
  Rows(job::Given settings, std::vector<std::string> columns, bool stops);

  const std::shared_ptr<EngineHandle>& engine() const { return engine_; }
  /// Rows as JSON objects in UTF-8.
  std::unique_ptr<RowBatch> read(const std::vector<std::string>& rows);

 private:
  friend class RowBatch;

  job::RunOptions options_;
  std::shared_ptr<EngineHandle> engine_;
  std::unique_ptr<job::RowMaker> maker_;
  std::shared_ptr<RowRules> rules_;
};

/// Some rows, as they will be asked.
class RowBatch {
 public:
  RowBatch(Rows& rows, std::vector<job::Entry> entries) : rows_(rows), entries_(std::move(entries)) {}

  /// For each row 16 bytes that stand for what it asks, the same in every process; None if it cannot be sent.
  nb::list keys() const;
  /// Asks the rows at these places; each once. Throws Error.
  std::unique_ptr<Inbox> ask(const std::vector<std::size_t>& places);

 private:
  Rows& rows_;
  std::vector<job::Entry> entries_;
};

void bind_rows(nb::module_& module);

}  // namespace headway::python
