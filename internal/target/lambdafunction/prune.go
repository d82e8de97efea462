package lambdafunction

import "context"

// Surplus are the versions that are to be deleted when keep are kept, oldest
// first. Never among them is one that is used, nor the one before each version
// that an alias serves: a roll-back goes there, and AWS remembers no other.
func (f Functions) Surplus(ctx context.Context, name string, keep int) ([]string, error) {
	versions, err := f.published(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(versions) <= keep {
		return nil, nil
	}
	uses, err := f.Uses(ctx, name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range surplus(versions, keep, uses) {
		sources, err := f.Sources(ctx, v)
		if err != nil {
			return nil, err
		}
		if len(sources) == 0 {
			out = append(out, v.Version)
		}
	}
	return out, nil
}

// surplus are those of the versions, oldest first, that neither are among the
// newest nor may be needed.
func surplus(versions []Function, keep int, uses Uses) (out []Function) {
	needed := map[string]bool{}
	for i, v := range versions {
		if i > 0 && uses.served(v.Version) {
			needed[versions[i-1].Version] = true
		}
	}
	for _, v := range versions[:max(0, len(versions)-keep)] {
		if !needed[v.Version] && len(uses.Of(v.Version)) == 0 {
			out = append(out, v)
		}
	}
	return out
}

// Prune deletes what is surplus and tells what it deleted. What Lambda would
// not delete does not keep it from the rest.
func (f Functions) Prune(ctx context.Context, name string, keep int) (deleted []string, err error) {
	numbers, err := f.Surplus(ctx, name, keep)
	if err != nil {
		return nil, err
	}
	for _, number := range numbers {
		failed := f.Delete(ctx, name, number)
		if failed == nil {
			deleted = append(deleted, number)
		} else if err == nil {
			err = failed
		}
	}
	return deleted, err
}
