package main

import "fmt"

// user has the fields of the original's users; the people are made up.
type user struct {
	ID       int     `json:"id"`
	Name     string  `json:"name"`
	Username string  `json:"username"`
	Email    string  `json:"email"`
	Address  address `json:"address"`
	Phone    string  `json:"phone"`
	Website  string  `json:"website"`
	Company  company `json:"company"`
}

type address struct {
	Street  string     `json:"street"`
	Suite   string     `json:"suite"`
	City    string     `json:"city"`
	Zipcode string     `json:"zipcode"`
	Geo     coordinate `json:"geo"`
}

type coordinate struct {
	Lat string `json:"lat"`
	Lng string `json:"lng"`
}

type company struct {
	Name        string `json:"name"`
	CatchPhrase string `json:"catchPhrase"`
	Bs          string `json:"bs"`
}

var users = makeUsers([][3]string{
	{"Ada Harbour", "ada", "Seoul"},
	{"Bo Lantern", "bo", "Busan"},
	{"Chae Rivers", "chae", "Daegu"},
	{"Dora Mills", "dora", "Incheon"},
	{"Emil Stone", "emil", "Gwangju"},
	{"Fay Orchard", "fay", "Daejeon"},
	{"Gil Meadow", "gil", "Ulsan"},
	{"Hana Brook", "hana", "Suwon"},
	{"Ivo Quarry", "ivo", "Jeonju"},
	{"Joon Field", "joon", "Jeju"},
})

func makeUsers(people [][3]string) []user {
	made := make([]user, 0, len(people))
	for index, person := range people {
		id := index + 1
		name, short, city := person[0], person[1], person[2]
		made = append(made, user{
			ID:       id,
			Name:     name,
			Username: short,
			Email:    short + "@forum.example",
			Address: address{
				Street:  fmt.Sprintf("%d Market Street", 10*id),
				Suite:   fmt.Sprintf("Apt. %d", 100+id),
				City:    city,
				Zipcode: fmt.Sprintf("%05d", 4000+id),
				Geo:     coordinate{Lat: fmt.Sprintf("%.4f", 33.4+0.4*float64(id)), Lng: fmt.Sprintf("%.4f", 126.5+0.2*float64(id))},
			},
			Phone:   fmt.Sprintf("010-0000-%04d", id),
			Website: short + ".example",
			Company: company{Name: name + " Ltd.", CatchPhrase: "Meshes that hold", Bs: "connect services"},
		})
	}
	return made
}
