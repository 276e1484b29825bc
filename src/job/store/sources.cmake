list(APPEND HEADWAY_JOB_SOURCES
  store/access.cpp store/apply_resume.cpp store/checked_pages.cpp store/fault_points.cpp store/group_writer.cpp store/in_order.cpp
  store/inspect.cpp store/journal.cpp store/journal_view.cpp store/lock.cpp
  store/move_aside.cpp store/moved_lines.cpp store/output_flags.cpp store/output_reader.cpp store/output_line.cpp store/output_writer.cpp
  store/paths.cpp store/posix_file.cpp store/resume_plan.cpp store/rewrite.cpp store/run_files.cpp
  store/sqlite.cpp store/store.cpp)
