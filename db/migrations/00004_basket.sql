-- +goose Up

-- Came along with its group although it could not be updated then: a review tells of it as left out, and it leaves the basket with the run.
ALTER TABLE basket ADD COLUMN along INTEGER NOT NULL DEFAULT 0;
