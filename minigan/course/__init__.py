"""Assignments for a course: what students write, and how it is checked, trained with, and graded."""
