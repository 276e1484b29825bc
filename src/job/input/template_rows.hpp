#pragma once

#include <memory>
#include <optional>

#include "job/input/body_fields.hpp"
#include "job/input/carried_columns.hpp"
#include "job/input/head.hpp"
#include "job/input/json_columns.hpp"
#include "job/input/prompt_template.hpp"
#include "job/input/row_maker.hpp"

namespace headway::job {

/// Rows of columns, put into a template, or whose column "messages" is the chat.
class TemplateRows : public RowMaker {
 public:
  /// Throws Error (`configuration`): a column that the input does not have (lists those that there are), no template and no
  /// column "prompt" or "messages", no model, a bad setting.
  TemplateRows(const InputSettings& settings, const Head& head);

 protected:
  std::string fill(std::string_view text, Row& row) override;

 private:
  void open_columns(const Head& head);
  void check(const InputSettings& settings, const Head& head) const;
  void make_frame();
  std::string fill_id(Row& row) const;
  std::string fill_texts(Row& row);
  std::string fault_of_prompt() const;
  std::string fill_messages(Row& row);
  void fill_body(Row& row) const;

  Endpoint endpoint_;
  std::vector<BodyField> fields_;
  ColumnSlots slots_;
  std::optional<PromptTemplate> prompt_;  // none: the column "messages" is the chat
  std::optional<PromptTemplate> system_;
  CarriedColumns carried_;
  std::string id_column_;
  bool needs_id_;
  std::size_t id_slot_;
  std::size_t messages_slot_;
  std::optional<std::size_t> prompt_slot_;  // no template is given: this column is the prompt, which is a text
  std::unique_ptr<RowColumns> columns_;
  const JsonColumns* json_ = nullptr;  // columns_, if it is that
  std::string before_;                 // of a body, what stands before the prompt or the messages
  std::string after_;
  std::string prompt_text_;
  std::string system_text_;
};

}  // namespace headway::job
